-- In master: a database as it is in a backup. The backup is read first; then others are shut out.
-- Session context: database; file, a name in the server's folder of backups.
-- Needs: backups to the server's own disk.
-- Without that: restore by the server's own means, then python -m docker.bootstrap.
set nocount on;
declare @database sysname = cast(session_context(N'database') as sysname);
declare @file nvarchar(260) = cast(session_context(N'file') as nvarchar(260));
declare @single nvarchar(max)
    = N'alter database ' + quotename(@database) + N' set single_user with rollback immediate';
declare @multi nvarchar(max) = N'alter database ' + quotename(@database) + N' set multi_user';

restore verifyonly from disk = @file with checksum;
begin try
    if databasepropertyex(@database, 'Status') = N'ONLINE'
        exec (@single);
    restore database @database from disk = @file with replace, checksum, recovery;
    exec (@multi);
end try
begin catch
    if databasepropertyex(@database, 'Status') = N'ONLINE'
        exec (@multi);
    throw;
end catch;
print N'restored ' + @database + N' from ' + @file;
go
