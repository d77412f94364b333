"""The scripts in ``docker/sqlserver``, run by the server's administrator."""

import re
from collections.abc import Iterator
from pathlib import Path

import pyodbc
import typer
from pydantic import Field, SecretStr

from core.engines import sqlserver
from core.errors import LoaderError
from core.refusals import told
from core.settings import Settings

SCRIPTS = Path(__file__).parent / "sqlserver"
MASTER = "master"
# The line that ends a batch, for us as for sqlcmd.
_GO = re.compile(r"^go\s*$", re.IGNORECASE | re.MULTILINE)
# What a script needs of the server, and what to do with one that lacks it.
_NEEDS = re.compile(r"^-- Needs: (.*)\.$\n^-- Without that: (.*)\.$", re.MULTILINE)
_ORIGIN = re.compile(r"^(\[[^\]]*\])+")


class Server(Settings):
    """The server as its administrator reaches it; with ``DW_``, as all settings."""

    admin_user: str = "sa"
    admin_password: SecretStr = Field(min_length=1)

    def admin(self, database: str) -> Settings:
        """The settings with which the administrator opens a database."""
        return self.model_copy(
            update={
                "sqlserver_user": self.admin_user,
                "sqlserver_password": self.admin_password,
                "sqlserver_database": database,
            }
        )


def run(server: Server, script: str, *, within: str = MASTER, **context: str) -> None:
    """Run a script within a database and print what it says; ``context`` is its session context.

    Raises LoaderError with the server's own words.
    """
    connection = sqlserver.connect(server.admin(within))
    try:
        for key, value in context.items():
            connection.execute("exec sp_set_session_context @key = ?, @value = ?", key, value)
        for batch in batches((SCRIPTS / script).read_text(encoding="utf-8")):
            for message in _messages(connection.execute(batch)):
                typer.echo(f"{within}: {message}")
    except pyodbc.Error as error:
        needed, remedy = needs(script)
        raise LoaderError(
            f"{script} in {within}: {told(error)}; it needs {needed}. Without that: {remedy}"
        ) from error
    finally:
        connection.close()


def needs(script: str) -> tuple[str, str]:
    """What a script says that it needs of the server, and what to do without it."""
    found = _NEEDS.search((SCRIPTS / script).read_text(encoding="utf-8"))
    if not found:
        raise ValueError(f"{script} does not say what it needs")
    return found[1], found[2]


def batches(script: str) -> list[str]:
    """The batches of a script, which lines of ``go`` end."""
    return [batch.strip() for batch in _GO.split(script) if batch.strip()]


def _messages(cursor: pyodbc.Cursor) -> Iterator[str]:
    """What the statements of a batch print; it has run to its end only once all are read."""
    while True:
        for _, text in cursor.messages or ():
            yield _ORIGIN.sub("", text)
        if not cursor.nextset():
            return
