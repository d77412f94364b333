-- In the sample OLTP: who may read it.
-- Needs: roles, and rights on schemas.
-- Without that: leave `grants` out of DW_SQLSERVER_FEATURES (docs/SQLSERVER.md).
set nocount on;
if database_principal_id(N'oltp_reader') is null
begin
    create role oltp_reader;
    print N'created role oltp_reader';
end;
else
    print N'found role oltp_reader';

grant select on schema::core to oltp_reader;
print N'granted what oltp_reader needs';
go
