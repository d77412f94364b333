-- In master: a whole backup of a database, read back to see that it is one.
-- Session context: database; file, a name in the server's folder of backups.
-- Needs: backups to the server's own disk.
-- Without that: back up by the server's own means (docs/SQLSERVER.md).
set nocount on;
declare @database sysname = cast(session_context(N'database') as sysname);
declare @file nvarchar(260) = cast(session_context(N'file') as nvarchar(260));

-- Express, edition 4, cannot compress.
if cast(serverproperty('EngineEdition') as int) = 4
    backup database @database to disk = @file with checksum, init, format;
else
    backup database @database to disk = @file with checksum, init, format, compression;
restore verifyonly from disk = @file with checksum;
print N'backed up ' + @database + N' to ' + @file;
go
