"""The ODBC driver of SQL Server: the installed one, or that of a package."""

import ctypes
from importlib.util import find_spec
from pathlib import Path

import pyodbc
import sqlalchemy as sa

from core.errors import UsageError
from core.settings import Settings

DRIVER = "ODBC Driver 18 for SQL Server"


def driver(configured: str = "") -> str:
    """The ODBC driver: ``configured``, else the installed one, else that of mssql-python-odbc.

    A name that the driver manager knows, or a path. Raises UsageError when there is none.
    """
    if configured or DRIVER in pyodbc.drivers():
        return configured or DRIVER
    package = find_spec("mssql_python_odbc")
    for folder in package.submodule_search_locations or () if package else ():
        for library in sorted(Path(folder).glob("libs/linux/*/*/lib/libmsodbcsql-18.*")):
            if _loads(library):
                return str(library)
    raise UsageError(
        f"there is no {DRIVER!r}: install it from your system's packages, or"
        " `.venv/bin/pip install -e '.[odbc]'`, or name another one by DW_SQLSERVER_DRIVER"
    )


def _loads(library: Path) -> bool:
    """Whether a driver is one of this system: the package has one per distribution."""
    try:
        ctypes.CDLL(str(library))
    except OSError:
        return False
    return True


def with_driver(url: sa.URL) -> sa.URL:
    """A URL of SQL Server; one that names no driver gets the one that there is."""
    if {"driver", "odbc_connect"} & url.query.keys():
        return url
    return url.update_query_dict({"driver": driver(Settings().sqlserver_driver)})
