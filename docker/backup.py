"""``python -m docker.backup``: the warehouse into a backup, and back.

Only the warehouse: the source has an owner of its own, and what is published is made of both. A
backup is a file in the server's own folder of backups. It may be taken during a run, since what a
run leaves behind at any moment is what the next one goes on from; a restore wants no run beside it.
"""

from datetime import UTC, datetime
from typing import Annotated

import typer

from core.command import main
from core.settings import read_settings
from docker.bootstrap import Bootstrap, bootstrap
from docker.server import Server, run

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.command()
def backup() -> None:
    """Back the warehouse up and check the backup; the last line is the name of its file."""
    server = read_settings(Server)
    database = server.sqlserver_database
    file = f"{database}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.bak"
    run(server, "backup.sql", database=database, file=file)
    typer.echo(file)


@app.command()
def restore(
    file: Annotated[str, typer.Argument(help="A file in the server's folder of backups.")],
) -> None:
    """Put the warehouse back as it was, then make its logins and grants right again."""
    server = read_settings(Bootstrap)
    if "grants" in server.sqlserver_features:
        run(server, "server.sql")
    run(server, "restore.sql", database=server.sqlserver_database, file=file)
    bootstrap(server)


if __name__ == "__main__":
    main(app)
