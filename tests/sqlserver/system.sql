-- What dlt and dbt ask of SQL Server's catalogue, of DuckDB's.
create schema if not exists sys;
create table if not exists sys.indexes (name varchar, object_id bigint, type_desc varchar);
create table if not exists sys.index_columns
    (object_id bigint, column_id int, is_included_column int, index_id int);
create table if not exists sys.masked (object_id bigint, name varchar, masking_function varchar);
create table if not exists sys.extended_properties
    (class int, minor_id int, name varchar, major_id bigint);
create table if not exists sys.sql_expression_dependencies (
    referencing_id bigint, referenced_database_name varchar, referenced_schema_name varchar,
    referenced_entity_name varchar
);
create table if not exists sys.databases
    (name varchar, database_id int, snapshot_isolation_state int);
create table if not exists sys.privileges
    (table_catalog varchar, table_schema varchar, table_name varchar, privilege_type varchar,
    grantee varchar);
insert into sys.databases select 'master', 1, 1 where not exists (select 1 from sys.databases);
create or replace view sys.masked_columns as select * from sys.masked;
create or replace view sys.schemas as
    select schema_name as name, hash(schema_name) % 1000000007 as schema_id
    from duckdb_schemas() where not internal;
create or replace view sys.tables as
    select table_name as name, hash(schema_name) % 1000000007 as schema_id,
        hash(schema_name || '.' || table_name) % 1000000007 as object_id
    from duckdb_tables();
create or replace view sys.views as
    select view_name as name, hash(schema_name) % 1000000007 as schema_id,
        hash(schema_name || '.' || view_name) % 1000000007 as object_id
    from duckdb_views() where not internal;
create or replace view sys.objects as
    select *, 'U' as type from sys.tables union all select *, 'V' from sys.views;
create or replace view sys.columns as
    select hash(schema_name || '.' || table_name) % 1000000007 as object_id, column_name as name,
        column_index as column_id, 0 as is_computed, 0 as is_filestream, 0 as is_column_set,
        null as encryption_type, lower(split_part(data_type, '(', 1)) as user_type_id,
        case when data_type = 'VARCHAR' then 800 else 8 end as max_length,
        coalesce(numeric_precision, 0) as precision, coalesce(numeric_scale, 0) as scale
    from duckdb_columns() where not internal;
create or replace view sys.types as
    select * from (values
        ('varchar', 'nvarchar'), ('boolean', 'bit'), ('timestamp', 'datetime2'), ('date', 'date'),
        ('integer', 'int'), ('bigint', 'bigint'), ('decimal', 'decimal'), ('double', 'float'),
        ('hugeint', 'decimal'), ('timestamp with time zone', 'datetimeoffset')
    ) as t (user_type_id, name);
-- Not as it is configured: a server may have a database's name in another case.
create or replace macro main.db_name() as 'dw_ecommerce';
create or replace macro main.db_id() as 1, (x) as (
    select any_value(database_id) from sys.databases where name = x
);
create or replace macro main.schema_id(x) as (
    select any_value(schema_id) from sys.schemas where name = x
);
create or replace macro main.object_id(x, kind := '') as (
    select any_value(object_id) from sys.objects
    where object_id = hash(
        replace(replace(replace(x, '"', ''), '[', ''), ']', '')
        .replace('DW_ECOMMERCE.', '')
    ) % 1000000007
);
create or replace macro main.object_definition(x) as null;
create or replace macro main.parsename(x, part) as '15';
create or replace macro main.serverproperty(x) as '15.0.2000.5';
create or replace macro main.quotename(x) as x;
create or replace macro main.datediff_big(part, a, b) as date_diff(part, a, b);
