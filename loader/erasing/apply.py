"""Erasure where people are: tables, files, and what is free but still readable."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import structlog

from core import files, pending
from core import log as logs
from core.audit import Audit, Run
from core.clock import now
from core.contract.personal import (
    ANONYMOUS,
    CUSTOMER_KEY,
    CUSTOMERS,
    PERSONAL_IN_DIMENSION,
)
from core.engines import engine
from core.lock import hold_warehouse
from core.private import FILE, sweep
from core.pseudonyms import Pseudonyms, pseudonyms
from core.settings import Settings
from core.warehouse import STAGING, Client, rows
from loader.erasing import guarding, lake, record, traces
from loader.erasing.people import People, batches, without_person
from loader.erasing.record import Erasure
from loader.source import mapping as mappings
from loader.staging import Staging

COMMAND = "erase"
UNDONE = ".erasing"
"""A file of what people are looked for by, from before tables forget it until files have."""
UNBUILT = "unbuilt-erasures"
"""A file that says that what a build has made of people is still there."""
DIMENSION, DIMENSION_KEY = "dim.dim_cliente", "cliente_original_id"
# Text in the audit, and in what is made of it, that may quote the value of a row: of releases that
# did not leave it out.
_QUOTING = {
    "audit.etl_run": ("error", "schema_changes"),
    "audit.etl_run_entity": ("error",),
    "audit.dbt_run_node": ("message",),
    "audit.alert": ("detail",),
    "audit.publication": ("error",),
    "mart.dash_execucoes": ("erro",),
}
_TABLES = """
select TABLE_SCHEMA as s, TABLE_NAME as t from INFORMATION_SCHEMA.TABLES
where TABLE_TYPE like '%BASE%'
"""

log = structlog.get_logger()


@dataclass
class Done:
    """What an erasure has done, for the receipt."""

    known: int = 0
    """People of whom the warehouse held anything."""
    rows: dict[str, int] = field(default_factory=dict)
    """By table."""
    files: int = 0
    """Files that quoted them, and do so no more."""
    searched: int = 0
    """Files in which nothing of them was found afterwards."""
    texts: list[str] = field(default_factory=list, repr=False)
    """What they were looked for by; for the search alone."""
    left: list[str] = field(default_factory=list)
    """What others have left to do."""


def erase(settings: Settings, keys: Collection[str], by: str) -> tuple[list[Erasure], Done]:
    """Erase customers by their keys at the source, now and whenever they come again.

    It is recorded before anything is done, so that a run that is cut off is gone on with by the
    next. Raises LoaderError.
    """
    run = Run(command=COMMAND, source=settings.source, target=settings.target)
    logs.start(settings.data_dir / "logs", run.run_id)
    with hold_warehouse(settings):
        audit = Audit(settings)
        pending.finish(settings, Staging(settings).pipeline)
        guard = guarding.guard(settings, audit, mappings.read(settings.source))
        names = guard.pseudonyms
        known = record.merged(settings, audit, names)
        marks = dict.fromkeys(names.mark(guard.key(CUSTOMERS, key)) for key in keys)
        at = now()
        erasures = [
            known.get(mark)
            or Erasure(mark=mark, erased_at=at, erased_by=by, secret=names.fingerprint)
            for mark in marks
        ]
        record.append(settings, [e for e in erasures if e.mark not in known])
        return erasures, _apply(settings, audit, names, run, erasures)


def catch_up(settings: Settings, audit: Audit) -> None:
    """Apply what was recorded and has not reached this warehouse, or has been undone in it.

    So it is after a backup was restored, or a package landed that had been read before. Of
    customers who have bought nothing for DW_RETENTION_MONTHS personal data go too.
    """
    names = pseudonyms(settings)
    known = record.merged(settings, audit, names)
    people = People(Staging(settings), names)
    inactive = people.inactive(settings, only_raw=True)
    if not known and not inactive:
        return
    waiting = known.keys() - record.applied(audit)
    raw = people.marked(known.keys(), only_raw=True)
    todo = [known[mark] for mark in waiting | raw.keys()]
    if todo or inactive:
        run = Run(command=COMMAND, source=settings.source, target=settings.target)
        done = _apply(settings, audit, names, run, todo, inactive)
        log.info("erased", people=done.known, inactive=len(inactive), rows=done.rows)


def _apply(
    settings: Settings,
    audit: Audit,
    names: Pseudonyms,
    run: Run,
    erasures: list[Erasure],
    inactive: Iterable[str] = (),
) -> Done:
    done = Done()
    # As a run, so that the seals of what it changes are no longer taken for whole.
    with audit.record(run):
        staging = Staging(settings)
        people = People(staging, names)
        marked = people.marked({e.mark for e in erasures}) if erasures else {}
        keys = [*dict.fromkeys([*marked.values(), *inactive])]
        if keys:
            texts = _remembered(settings, people.texts(keys))
            forget(settings, people, keys, texts, done)
            texts = people.without_shared(texts)
            done.files = traces.remove(settings, texts)
            done.texts = texts
            (settings.data_dir / UNDONE).unlink(missing_ok=True)
            if not engine(settings).lands_files:
                done.searched = traces.assert_none(settings, texts)
        done.known = len(keys)
    record.set_applied(audit, erasures, now())
    return done


def _remembered(settings: Settings, texts: list[str]) -> list[str]:
    """The texts, with those of a run that was cut off after its tables had forgotten them."""
    path = settings.data_dir / UNDONE
    left = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    together = [*dict.fromkeys([*texts, *left])]
    files.replace_text(path, json.dumps(together), FILE)
    return together


def forget(
    settings: Settings, people: People, keys: list[str], texts: list[str], done: Done
) -> None:
    """Empty what staging, dimension and audit hold of customers; free the bytes that held it."""
    if engine(settings).lands_files:
        done.rows |= lake.forget(settings, people, keys)
        # What is made of them is made anew by a build, which then expires what it replaces.
        (settings.data_dir / UNBUILT).touch()
        sweep(settings.data_dir)
        traces.remove_packages(settings)
        return
    with people.staging.pipeline.sql_client() as client:
        tables = {
            f"{row['s']}.{row['t']}" for table in rows(client, _TABLES) for row in table.to_pylist()
        }
        with client.begin_transaction():
            for entity in (CUSTOMERS, "orders"):
                columns = list(people.emptied(entity))
                table = f"{STAGING}.{entity}"
                if columns and table in tables:
                    done.rows[table] = _empty(client, table, columns, CUSTOMER_KEY, keys)
            if DIMENSION in tables:
                columns = _present(client, DIMENSION, PERSONAL_IN_DIMENSION)
                done.rows[DIMENSION] = _empty(client, DIMENSION, columns, DIMENSION_KEY, keys)
            for table, quoting in _QUOTING.items():
                if table in tables:
                    _unquote(client, table, _present(client, table, quoting), texts)
        for table in sorted(tables):
            schema = table.partition(".")[0]
            # Rows on their way into staging, and those that dbt keeps of a test that failed.
            if schema.endswith("_staging") and not table.partition(".")[2].startswith("_dlt"):
                client.execute_sql(f"delete from {table}")  # noqa: S608
            elif schema.endswith("dbt_test__audit"):
                client.execute_sql(f"drop table {table}")
    sweep(settings.data_dir)
    traces.remove_packages(settings)
    if left := engine(settings).forget(done.rows):
        done.left.append(left)


def _empty(client: Client, table: str, columns: Iterable[str], key: str, keys: list[str]) -> int:
    """Empty columns of the rows of customers; how many rows there are."""
    changes = without_person(columns)
    count = 0
    for some in batches(keys):
        where = f"where {key} in ({', '.join(['%s'] * len(some))})"
        client.execute_sql(f"update {table} set {changes} {where}", *some)  # noqa: S608
        for found in rows(client, f"select count(*) as n from {table} {where}", *some):  # noqa: S608
            count += found["n"][0].as_py()
    return count


def _present(client: Client, table: str, columns: Iterable[str]) -> list[str]:
    with client.execute_query(f"select * from {table} where 1 = 0") as cursor:  # noqa: S608
        there = {str(column[0]).lower() for column in cursor.description or ()}
    return [column for column in columns if column in there]


def _unquote(client: Client, table: str, columns: list[str], texts: list[str]) -> None:
    for column in columns:
        for text in texts:
            client.execute_sql(
                f"update {table} set {column} = replace({column}, %s, %s)"  # noqa: S608
                f" where replace({column}, %s, '') <> {column}",
                text,
                f"[{ANONYMOUS.lower()}]",
                text,
            )
