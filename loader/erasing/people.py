"""People in the warehouse: whose keys are whose, and what staging holds of them."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from core.clock import now
from core.contract.entities import ENTITIES
from core.contract.personal import (
    ANONYMOUS,
    CUSTOMER_KEY,
    CUSTOMERS,
    distinctive,
    is_emptied,
)
from core.pseudonyms import Pseudonyms
from core.settings import Settings
from core.totals import months_back
from core.warehouse import STAGING, quoted, rows
from loader.plan import COMPANY
from loader.staging import Staging

# Keys in one statement: SQL Server takes 2,100 parameters.
BATCH = 500
NAMES = ("full_name", "nome_cliente")
"""The columns of a person's name, which must not be null."""
_TEXTS = {"text", "date", "timestamp", "time"}


class People:
    """The customers that a warehouse knows."""

    def __init__(self, staging: Staging, names: Pseudonyms) -> None:
        self.staging, self._names = staging, names
        pipeline = staging.pipeline
        found: Any = pipeline.default_schema.tables if pipeline.default_schema_name else {}
        self._tables = {
            name: found[name]["columns"] for name in (CUSTOMERS, "orders") if name in found
        }
        self._memory = pipeline.state.get("sources", {}).get(COMPANY, {})

    def marked(self, marks: Collection[str], *, only_raw: bool = False) -> dict[str, str]:
        """The marks, of these, whose customers are known, with their keys.

        ``only_raw``: of those of whom staging holds more than that they were erased.
        """
        found = {}
        for key in self._keys(only_raw=only_raw):
            mark = self._names.mark(key)
            if mark in marks:
                found[mark] = key
        return found

    def _keys(self, *, only_raw: bool) -> Iterator[str]:
        where = f"where full_name is null or full_name <> '{ANONYMOUS}'" if only_raw else ""
        statements = [
            f"select {CUSTOMER_KEY} as k from {STAGING}.{CUSTOMERS} {where}",  # noqa: S608
            f"select distinct {CUSTOMER_KEY} as k from {STAGING}.orders"  # noqa: S608
            f" where {CUSTOMER_KEY} is not null",
        ]
        with self.staging.pipeline.sql_client() as client:
            # An order may name a customer whose row has not come.
            for statement in statements[: 1 if only_raw else 2] if len(self._tables) == 2 else []:
                for table in rows(client, statement):
                    yield from table["k"].to_pylist()

    def inactive(self, settings: Settings, *, only_raw: bool = False) -> list[str]:
        """The customers who have bought nothing for longer than personal data are kept.

        Whole months, so that a day's run finds new ones once a month. Who never bought anything
        counts from when the source got to know them.
        """
        if not settings.retention_months or len(self._tables) < 2:
            return []
        since = months_back(settings.retention_months + 1, now())
        raw = f" and (full_name is null or full_name <> '{ANONYMOUS}')" if only_raw else ""
        statement = f"""
            select customers.{CUSTOMER_KEY} as k
            from {STAGING}.{CUSTOMERS} as customers
            left join (
                select {CUSTOMER_KEY}, max(order_date) as last_order
                from {STAGING}.orders group by {CUSTOMER_KEY}
            ) as bought on customers.{CUSTOMER_KEY} = bought.{CUSTOMER_KEY}
            where coalesce(last_order, created_at) < %s{raw}
        """  # noqa: S608
        with self.staging.pipeline.sql_client() as client:
            start = datetime.strptime(since, "%Y-%m")
            return [
                key for table in rows(client, statement, start) for key in table["k"].to_pylist()
            ]

    def emptied(self, entity: str) -> dict[str, str]:
        """The columns of staging that go with a person, with what dlt calls their types."""
        contract = {column.name for column in ENTITIES[entity].columns}
        marked = self._memory.get(entity, {}).get("mapping", {}).get("personal", ())
        return {
            name: str(column.get("data_type", "text"))
            for name, column in self._tables.get(entity, {}).items()
            if not name.startswith("_")
            and is_emptied(
                entity,
                name,
                extra=name not in contract,
                measure=column.get("data_type", "text") not in _TEXTS,
                marked=name in marked,
            )
        }

    def texts(self, keys: Iterable[str]) -> list[str]:
        """What is held of people that is of nobody else, to be looked for anywhere."""
        values: set[str] = set()
        with self.staging.pipeline.sql_client() as client:
            for entity in self._tables:
                columns = list(self.emptied(entity))
                for row in self._held(client, f"{STAGING}.{entity}", columns, CUSTOMER_KEY, keys):
                    values |= {value for value in row if isinstance(value, str)}
        values.discard(ANONYMOUS)
        return distinctive(values)

    def without_shared(self, texts: Iterable[str]) -> list[str]:
        """The texts that nobody else has: a namesake, or who lives in the same house."""
        columns = {
            f"{STAGING}.{entity}": [c for c, kind in self.emptied(entity).items() if kind == "text"]
            for entity in self._tables
        }
        columns |= {
            f"{STAGING}.sellers": ["seller_name"],
            f"{STAGING}.suppliers": ["supplier_name"],
        }
        left = []
        with self.staging.pipeline.sql_client() as client:
            for text in texts:
                conditions = {
                    table: " or ".join(
                        f"replace({quoted(c)}, %s, '') <> {quoted(c)}" for c in names
                    )
                    for table, names in columns.items()
                    if names
                }
                held = sum(
                    found["n"][0].as_py()
                    for table, where in conditions.items()
                    for found in rows(
                        client,
                        f"select count(*) as n from {table} where {where}",  # noqa: S608
                        *[text] * len(columns[table]),
                    )
                )
                if not held:
                    left.append(text)
        return left

    def _held(
        self, client: Any, table: str, columns: list[str], key: str, keys: Iterable[str]
    ) -> Iterator[tuple[Any, ...]]:
        if not columns:
            return
        listed = ", ".join(quoted(column) for column in columns)
        for some in batches(keys):
            places = ", ".join(["%s"] * len(some))
            statement = f"select {listed} from {table} where {key} in ({places})"  # noqa: S608
            for found in rows(client, statement, *some):
                yield from zip(*(column.to_pylist() for column in found.columns), strict=True)


def batches(keys: Iterable[str]) -> Iterator[list[str]]:
    """Keys, as many at once as one statement takes."""
    left = iter(keys)
    while some := list(islice(left, BATCH)):
        yield some


def without_person(columns: Iterable[str]) -> str:
    """The SET of an UPDATE that leaves nothing of a person."""
    return ", ".join(f"{quoted(column)} = {instead(column)}" for column in columns)


def instead(column: str) -> str:
    """SQL of what stands in a column once its person is erased."""
    return f"'{ANONYMOUS}'" if column in NAMES else "null"
