-- In master: every login, failed or not, in files beside the server's error log.
-- Read them with: select * from sys.fn_get_audit_file(N'<folder>/dw_logins*', default, default)
-- Needs: server audits.
-- Without that: logins are audited by the server's own means, or not at all.
set nocount on;
declare @errorlog nvarchar(260) = cast(serverproperty('ErrorLogFileName') as nvarchar(260));
declare @folder nvarchar(260)
    = left(@errorlog, len(@errorlog) - patindex(N'%[/\]%', reverse(@errorlog)));
declare @statement nvarchar(max)
    = N'create server audit dw_logins to file (filepath = ' + quotename(@folder, N'''')
    + N', maxsize = 50 MB, max_rollover_files = 20) with (on_failure = continue)';

if not exists (select 1 from sys.server_audits where name = N'dw_logins')
begin
    exec (@statement);
    print N'created server audit dw_logins in ' + @folder;
end;
else
    print N'found server audit dw_logins';
go

set nocount on;
if not exists (select 1 from sys.server_audit_specifications where name = N'dw_logins')
begin
    create server audit specification dw_logins for server audit dw_logins
    add (successful_login_group),
    add (failed_login_group),
    add (login_change_password_group),
    add (server_role_member_change_group),
    add (audit_change_group)
    with (state = on);
    print N'created server audit specification dw_logins';
end;
else
    print N'found server audit specification dw_logins';

if exists (select 1 from sys.server_audits where name = N'dw_logins' and is_state_enabled = 0)
begin
    alter server audit dw_logins with (state = on);
    print N'switched server audit dw_logins on';
end;
go
