"""``python -m ci.snapshots``: what each run did to the facts of a lake, as Iceberg tells it."""

from dataclasses import dataclass

import typer
from pyiceberg.table.snapshots import Snapshot

from core.command import main
from core.engines import spark
from core.settings import Settings, read_settings

FACTS = "fact"


@dataclass(frozen=True)
class Change:
    """What one run did to a table; a file that a MERGE touches is deleted, and added anew."""

    table: str
    operation: str
    """Iceberg's word: ``append`` of a first build, ``overwrite`` of a MERGE."""
    added_files: int
    deleted_files: int
    files: int
    """Of the table, afterwards."""
    months: int
    """Whose files were touched."""
    added_rows: int
    deleted_rows: int
    """As the files hold them: rows that only moved to a new file count as both."""


def changes(settings: Settings, schema: str) -> list[Change]:
    """What every run did to every table of a schema, oldest first."""
    return [
        _change(name, snapshot)
        for name in spark.tables(settings, schema)
        for snapshot in spark.table(settings, schema, name).snapshots()
    ]


def _change(name: str, snapshot: Snapshot) -> Change:
    summary = snapshot.summary
    if summary is None:
        raise ValueError(f"{name}: a snapshot without a summary")

    def count(key: str) -> int:
        return int(summary[key] or 0)

    return Change(
        table=name,
        operation=summary.operation.value,
        added_files=count("added-data-files"),
        deleted_files=count("deleted-data-files"),
        files=count("total-data-files"),
        months=count("changed-partition-count"),
        added_rows=count("added-records"),
        deleted_rows=count("deleted-records"),
    )


def tell() -> None:
    """Print it, a line each."""
    for c in changes(read_settings(Settings), FACTS):
        typer.echo(
            f"{FACTS}.{c.table:<16}{c.operation:<11}{c.months:>3} months touched,"
            f" {c.deleted_files:>3} files replaced by {c.added_files:>3} of {c.files:>3},"
            f" rows in them {c.deleted_rows:>6,} before and {c.added_rows:>6,} now"
        )


if __name__ == "__main__":
    main(lambda: typer.run(tell))
