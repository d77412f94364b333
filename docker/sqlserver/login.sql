-- In master: a login with the password that it is given, now or from now on.
-- Session context: login, password.
-- Needs: logins with passwords, and sys.sql_logins to compare them.
-- Without that: leave `grants` out of DW_SQLSERVER_FEATURES (docs/SQLSERVER.md).
set nocount on;
declare @login sysname = cast(session_context(N'login') as sysname);
declare @password nvarchar(128) = cast(session_context(N'password') as nvarchar(128));
-- A password can only stand in the text of the statement: quoted by the server itself.
declare @statement nvarchar(max)
    = N' login ' + quotename(@login) + N' with password = ' + quotename(@password, N'''');

if not exists (select 1 from sys.sql_logins where name = @login)
begin
    set @statement = N'create' + @statement + N', check_policy = on';
    exec (@statement);
    print N'created login ' + @login;
end;
else if not exists (
    select 1 from sys.sql_logins where name = @login and pwdcompare(@password, password_hash) = 1
)
begin
    set @statement = N'alter' + @statement;
    exec (@statement);
    print N'changed the password of login ' + @login;
end;
else
    print N'found login ' + @login;
go
