-- In the warehouse: its schemas, who writes them and who may read them.
-- Needs: roles that own schemas, and rights on schemas.
-- Without that: leave `grants` out of DW_SQLSERVER_FEATURES (docs/SQLSERVER.md).
set nocount on;
if database_principal_id(N'etl_writer') is null
begin
    create role etl_writer;
    print N'created role etl_writer';
end;
else
    print N'found role etl_writer';

if database_principal_id(N'bi_reader') is null
begin
    create role bi_reader;
    print N'created role bi_reader';
end;
else
    print N'found role bi_reader';
go

-- The writer owns the schemas, hence all that is in them; it needs no right on any other.
set nocount on;
declare @schema sysname;
declare @statement nvarchar(max);
declare schemas cursor local fast_forward for
select s.name
from (
    values
    (N'staging'), (N'staging_staging'), (N'audit'), (N'audit_staging'),
    (N'intermediate'), (N'dim'), (N'fact'), (N'agg'), (N'mart')
) as s (name);
open schemas;
fetch next from schemas into @schema;
while @@fetch_status = 0
begin
    if schema_id(@schema) is null
    begin
        set @statement = N'create schema ' + quotename(@schema) + N' authorization etl_writer';
        exec (@statement);
        print N'created schema ' + @schema;
    end;
    else if not exists (
        select 1 from sys.schemas
        where name = @schema and principal_id = database_principal_id(N'etl_writer')
    )
    begin
        set @statement = N'alter authorization on schema::' + quotename(@schema)
            + N' to etl_writer';
        exec (@statement);
        print N'gave schema ' + @schema + N' to etl_writer';
    end;
    else
        print N'found schema ' + @schema;
    fetch next from schemas into @schema;
end;
close schemas;
deallocate schemas;
go

grant create table, create view, create schema, view definition to etl_writer;

-- Readers see nothing of staging.
grant select on schema::dim to bi_reader;
grant select on schema::fact to bi_reader;
grant select on schema::agg to bi_reader;
grant select on schema::mart to bi_reader;
deny select on schema::staging to bi_reader;
deny select on schema::audit to bi_reader;
deny select on schema::intermediate to bi_reader;
print N'granted what etl_writer and bi_reader need';
go
