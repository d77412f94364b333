-- In the warehouse: personal data in dim is masked for all but the login that writes it.
-- Needs: dynamic data masks.
-- Without that: leave `masking` out of DW_SQLSERVER_FEATURES (docs/SQLSERVER.md).
set nocount on;
-- Tables are written unmasked and read by their writer unmasked, or a merge would keep masks.
grant alter any mask, unmask to etl_writer;
revoke unmask from bi_reader;
print N'granted what masks need';
go
