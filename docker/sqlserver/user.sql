-- In a database: the user of a login, in the role of the login's name.
-- A restored backup may hold the user without its login: it is joined again.
-- Session context: login.
-- Needs: users, roles and their members.
-- Without that: leave `grants` out of DW_SQLSERVER_FEATURES (docs/SQLSERVER.md).
set nocount on;
declare @login sysname = cast(session_context(N'login') as sysname);
-- Roles and users share one list of names.
declare @user sysname = @login + N'_user';
declare @statement nvarchar(max);

if database_principal_id(@user) is null
begin
    set @statement = N'create user ' + quotename(@user) + N' for login ' + quotename(@login);
    exec (@statement);
    print N'created user ' + @user;
end;
else if not exists (
    select 1
    from sys.database_principals as u
    inner join sys.sql_logins as l on u.sid = l.sid
    where u.name = @user and l.name = @login
)
begin
    set @statement = N'alter user ' + quotename(@user) + N' with login = ' + quotename(@login);
    exec (@statement);
    print N'joined user ' + @user + N' to its login';
end;
else
    print N'found user ' + @user;

if not exists (
    select 1 from sys.database_role_members
    where
        role_principal_id = database_principal_id(@login)
        and member_principal_id = database_principal_id(@user)
)
begin
    set @statement = N'alter role ' + quotename(@login) + N' add member ' + quotename(@user);
    exec (@statement);
    print N'added ' + @user + N' to role ' + @login;
end;
go
