-- In master: contained databases may be made, and restored, on this server.
-- Needs: sp_configure and contained databases.
-- Without that: leave `grants` out of DW_SQLSERVER_FEATURES (docs/SQLSERVER.md).
set nocount on;
if exists (
    select 1 from sys.configurations
    where name = N'contained database authentication' and value_in_use = 0
)
begin
    exec sp_configure N'contained database authentication', 1;
    reconfigure;
    print N'allowed contained databases';
end;
go
