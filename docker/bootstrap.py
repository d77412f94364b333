"""``python -m docker.bootstrap``: from an empty SQL Server to one that the pipeline can use.

Everything that is there already is found and left as it is, so it may run again at any time; it
prints what it created, changed or found.
"""

import pyodbc
import sqlalchemy as sa
import typer
from pydantic import Field, SecretStr

from core.command import main
from core.contract import tables
from core.engines import sqlserver
from core.errors import LoaderError
from core.refusals import told
from core.settings import read_settings
from docker.server import MASTER, Server, run
from seeds_oltp import company, store

# Text is compared by its bytes, as every other engine does, and may be of any language.
COLLATION = "Latin1_General_100_BIN2_UTF8"
SAMPLE = "OLTP"
SEED = 42


class Bootstrap(Server):
    """What the server gets: the passwords of its logins, and how large a sample company."""

    etl_writer_password: SecretStr = Field(min_length=1)
    bi_reader_password: SecretStr = Field(min_length=1)
    oltp_reader_password: SecretStr = Field(min_length=1)
    # 0 for none: the company has a database of its own.
    sample_orders: int = Field(default=20_000, ge=0)


def bootstrap(server: Bootstrap) -> None:
    """Create what is missing. Raises LoaderError."""
    warehouse = server.sqlserver_database
    if "grants" not in server.sqlserver_features:
        _plain(server, warehouse)
        if server.sample_orders:
            _plain(server, SAMPLE)
            _sample(server)
        return
    run(server, "server.sql")
    run(server, "database.sql", database=warehouse, collation=COLLATION)
    _audit_logins(server)
    run(server, "warehouse.sql", within=warehouse)
    if "masking" in server.sqlserver_features:
        run(server, "masks.sql", within=warehouse)
    _login(server, warehouse, "etl_writer", server.etl_writer_password)
    _login(server, warehouse, "bi_reader", server.bi_reader_password)
    if server.sample_orders:
        run(server, "database.sql", database=SAMPLE)
        _sample(server)
        run(server, "source.sql", within=SAMPLE)
        _login(server, SAMPLE, "oltp_reader", server.oltp_reader_password)


def _plain(server: Server, database: str) -> None:
    """A database, with nothing that not every server that speaks T-SQL has."""
    connection = sqlserver.connect(server.admin(MASTER))
    try:
        found = connection.execute("select db_id(?)", database).fetchone()
        if found is not None and found[0] is not None:
            typer.echo(f"{MASTER}: found database {database}")
        else:
            connection.execute(f"create database [{database.replace(']', ']]')}]")
            typer.echo(f"{MASTER}: created database {database}")
    except pyodbc.Error as error:
        raise LoaderError(f"database {database}: {told(error)}") from error
    finally:
        connection.close()
    typer.echo(
        f"{database}: no logins, roles and rights, since DW_SQLSERVER_FEATURES has no `grants`;"
        " who loads and builds must be allowed to create schemas there"
    )


def _login(server: Server, database: str, login: str, password: SecretStr) -> None:
    """A login, and its user in the role of the same name."""
    run(server, "login.sql", login=login, password=password.get_secret_value())
    run(server, "user.sql", within=database, login=login)


def _audit_logins(server: Server) -> None:
    """Azure SQL keeps such an audit elsewhere and refuses this one: no reason to stop."""
    try:
        run(server, "login_audit.sql")
    except LoaderError as error:
        typer.echo(f"no audit of logins: {error}", err=True)


def _sample(server: Bootstrap) -> None:
    """The sample company, unless there is one."""
    text = sqlserver.connection_string(server.admin(SAMPLE))
    url = sa.URL.create("mssql+pyodbc", query={"odbc_connect": text})
    try:
        with tables.engine(url).connect() as connection:
            found = store.exists(connection, store.state)
        if found:
            typer.echo(f"{SAMPLE}: found the sample company")
            return
        counts = store.create(url, company.base(server.sample_orders, SEED), replace=False)
    except sa.exc.DBAPIError as error:
        raise LoaderError(f"the sample company in {SAMPLE}: {told(error)}") from error
    typer.echo(f"{SAMPLE}: created the sample company, {counts['orders']} orders")


if __name__ == "__main__":
    main(lambda: bootstrap(read_settings(Bootstrap)))
