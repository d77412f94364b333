-- In master: the database, and what its readers need so that they never wait for a writer.
-- With a collation of its own it is contained: then only its data have that collation, while names
-- of tables and columns ignore case, as the loader's and the adapter's statements expect.
-- Session context: database; collation, or none for the server's own.
-- Needs: a server that sets collation, containment, snapshots and recovery of a database.
-- Without that: leave `grants` out of DW_SQLSERVER_FEATURES (docs/SQLSERVER.md).
set nocount on;
declare @database sysname = cast(session_context(N'database') as sysname);
declare @collation sysname = cast(session_context(N'collation') as sysname);
declare @statement nvarchar(max);

if collationproperty(coalesce(@collation, N'Latin1_General_100_BIN2'), 'CodePage') is null
    throw 50000, N'The collation of the database is not one that this server knows.', 1;

if db_id(@database) is null
begin
    set @statement = N'create database ' + quotename(@database)
        + coalesce(N' containment = partial collate ' + @collation, N'');
    exec (@statement);
    print N'created database ' + @database;
end;
else
    print N'found database ' + @database;

-- One that somebody else has made is taken as it is.
if exists (select 1 from sys.databases where name = @database and collation_name <> @collation)
    print N'warning: database ' + @database + N' does not have the collation ' + @collation
        + N'; keys that differ in case or accents only may be taken for one';
go

-- Each setting only where it is missing: the first two end the sessions of others.
set nocount on;
declare @database sysname = cast(session_context(N'database') as sysname);
declare @statement nvarchar(max);

if exists (
    select 1 from sys.databases
    where name = @database and is_read_committed_snapshot_on = 0
)
begin
    set @statement = N'alter database ' + quotename(@database)
        + N' set read_committed_snapshot on with rollback immediate';
    exec (@statement);
    print N'set read_committed_snapshot on in ' + @database;
end;

if exists (
    select 1 from sys.databases
    where name = @database and snapshot_isolation_state = 0
)
begin
    set @statement = N'alter database ' + quotename(@database)
        + N' set allow_snapshot_isolation on';
    exec (@statement);
    print N'set allow_snapshot_isolation on in ' + @database;
end;

-- Loads are repeatable, so a log that must be backed up by the hour buys nothing.
if exists (
    select 1 from sys.databases
    where name = @database and recovery_model_desc <> N'SIMPLE'
)
begin
    set @statement = N'alter database ' + quotename(@database) + N' set recovery simple';
    exec (@statement);
    print N'set recovery simple in ' + @database;
end;
go
