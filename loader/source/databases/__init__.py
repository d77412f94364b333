"""The databases that a company's data may be in: a module and a line here for each kind."""

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from core.errors import UsageError, first_line
from loader.source.databases.base import Database
from loader.source.databases.mysql import MySQL
from loader.source.databases.postgresql import PostgreSQL
from loader.source.databases.sqlite import SQLite
from loader.source.databases.sqlserver import SQLServer

# By the name that a URL begins with.
DATABASES: dict[str, type[Database]] = {
    "sqlite": SQLite,
    "postgresql": PostgreSQL,
    "mysql": MySQL,
    "mariadb": MySQL,
    "mssql": SQLServer,
}


def database(url: str, *, patience: float = 0, consistent: bool = True) -> Database:
    """The database of a SQLAlchemy URL; the options are those of :class:`Database`.

    Raises UsageError for a URL that is none, or of a kind that is not supported.
    """
    try:
        parsed = sa.make_url(url)
        kind = DATABASES.get(parsed.get_backend_name(), Database)
        opened = kind(parsed, patience=patience, consistent=consistent)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise UsageError(
            f"DW_OLTP_URL is no usable database URL ({first_line(error)});"
            " expected one such as postgresql+psycopg2://user:password@host/database"
        ) from error
    if kind is Database:
        raise UsageError(
            f"DW_OLTP_URL is of a database that is not supported, {opened.engine.dialect.name};"
            f" those that are: {', '.join(DATABASES)}"
        )
    return opened
