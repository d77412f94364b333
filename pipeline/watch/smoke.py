"""The smoke test after a load: is what readers have fresh, whole, and answered?

It shares no code with the build's own tests: plain SQL on the finished warehouse, and questions to
the data layer as a dashboard asks them.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.engines import engine
from core.engines.base import DAY, Reader
from core.errors import LoaderError, first_line
from core.lock import hold_warehouse
from core.settings import Settings
from pipeline.dbt import target_path
from pipeline.watch.rules import RECENT
from published import versions
from published.versions import Published

if TYPE_CHECKING:
    from published.answers.query import Data

# What a source's key is called in the warehouse; each may be there once.
NATURAL_KEYS = {
    "dim.dim_cliente": "cliente_original_id",
    "dim.dim_desconto": "desconto_original_id",
    "dim.dim_equipe": "equipe_original_id",
    "dim.dim_produto": "produto_original_id",
    "dim.dim_regiao": "regiao_original_id",
    "dim.dim_vendedor": "vendedor_original_id",
    "fact.fact_descontos": "aplicacao_original_id",
    "fact.fact_metas": "meta_original_id",
    "fact.fact_pedidos": "pedido_original_id",
    "fact.fact_vendas": "venda_original_id",
}
_REF = re.compile(r"ref\('(\w+)'\)")
_REVENUE = "receita_liquida"
_DISCOUNT = "valor_desconto_aplicado"
_RATIOS = ("margem_pct", "desconto_medio_pct")


@dataclass(frozen=True)
class Result:
    """How one check ended."""

    check: str
    ok: bool
    detail: str
    """In one line: what was looked at, or all that is wrong."""


@dataclass(frozen=True)
class Subject:
    """What the checks look at."""

    settings: Settings
    warehouse: Reader
    version: Published
    since: str = ""
    """Keys are looked at in rows of newer loads only: those before were when they came."""


class SmokeError(LoaderError):
    """A check failed."""


def smoke(settings: Settings) -> list[Result]:
    """The result of each check. Raises LoaderError when there is nothing to look at."""
    version = versions.current(settings.data_dir)
    with hold_warehouse(settings), engine(settings).reader() as warehouse:
        subject = Subject(settings, warehouse, version)
        return [_result(name, check, subject) for name, check in CHECKS.items()]


def probe(settings: Settings, version: Published) -> None:
    """Test a version before readers have it; the caller holds the warehouse. Raises SmokeError."""
    proof = version.manifest.reconciliation.proof
    since = ""
    if proof and not proof.whole and versions.catalogue(settings.data_dir).current is not None:
        since = versions.current(settings.data_dir).manifest.load_id
    with engine(settings).reader() as warehouse:
        subject = Subject(settings, warehouse, version, since)
        results = [_result(name, check, subject) for name, check in CHECKS.items()]
    _refuse([f"{result.check}: {result.detail}" for result in results if not result.ok])


def _result(name: str, check: Callable[[Subject], str], subject: Subject) -> Result:
    try:
        return Result(name, True, check(subject))
    except LoaderError as error:
        return Result(name, False, str(error).replace("\n", "; "))
    # One check that breaks must not keep the others from being made.
    except Exception as error:
        return Result(name, False, f"{type(error).__name__}: {first_line(error)}")


def _refuse(wrong: list[str]) -> None:
    if wrong:
        raise SmokeError("\n".join(wrong))


def _freshness(subject: Subject) -> str:
    kept = versions.versions(subject.settings.data_dir)
    age = datetime.now(UTC) - max(
        version.manifest.created_at for version in [*kept, subject.version]
    )
    _refuse([f"the newest version is {age} old; run `dw run`"] if age > RECENT else [])
    ((newest,),) = subject.warehouse.rows("select max(load_id) from staging._dlt_loads")
    current = subject.version.manifest.load_id
    _refuse([] if current == newest else [f"load {newest} is not published; run `dw run`"])
    return f"v{subject.version.version} of load {newest}, {age.total_seconds():.0f} s old"


def _growth(subject: Subject) -> str:
    """No mart of days may lose more rows, against the version before, than a source at once.

    The others hold what is so now, which comes and goes.
    """
    now = subject.version
    older = [v for v in versions.versions(subject.settings.data_dir) if v.version < now.version]
    if not older:
        return "the first version: nothing to compare with"
    before, lost = older[-1], Decimal(str(subject.settings.max_missing_percent))
    wrong = [
        f"{name} shrank from {table.rows} to {found.rows} rows"
        for name, table in before.manifest.tables.items()
        if DAY in table.columns
        and (found := now.manifest.tables.get(name))
        and found.rows * 100 < table.rows * (100 - lost)
    ]
    _refuse(wrong)
    return f"{now.manifest.rows - before.manifest.rows:+} rows since v{before.version}"


def _orphans(subject: Subject) -> str:
    wrong, keys = [], list(_foreign_keys(subject.settings))
    for child, column, parent, key in keys:
        ((lost,),) = subject.warehouse.rows(
            f"select count(*) from {child} as child left join {parent} as parent"  # noqa: S608
            f" on child.{column} = parent.{key}"
            f" where child.{column} is not null and parent.{key} is null"
            f"{_touched(subject, child, 'child.')}"
        )
        if lost:
            wrong.append(f"{lost} rows of {child} have a {column} that {parent} lacks")
    _refuse(wrong)
    return f"{len(keys)} foreign keys"


def _touched(subject: Subject, table: str, alias: str = "") -> str:
    """The condition that a row has come since, where rows say when they came."""
    if not subject.since or "_dlt_load_id" not in subject.warehouse.columns(table):
        return ""
    return f" and {alias}_dlt_load_id > '{subject.since}'"


def _foreign_keys(settings: Settings) -> Iterator[tuple[str, str, str, str]]:
    """Table, column, table and column of the relationships that the models declare."""
    nodes: dict[str, Any] = json.loads((target_path(settings) / "manifest.json").read_bytes())[
        "nodes"
    ]
    tables = {n["name"]: f"{n['schema']}.{n['alias']}" for n in nodes.values()}
    for node in nodes.values():
        test = node.get("test_metadata") or {}
        parent = _REF.fullmatch(str(test.get("kwargs", {}).get("to", "")))
        if test.get("name") == "relationships" and parent:
            child, asked = nodes[node["attached_node"]], test["kwargs"]
            yield (
                tables[child["name"]],
                asked["column_name"],
                tables[parent[1]],
                asked["field"],
            )


def _duplicates(subject: Subject) -> str:
    wrong = []
    for table, key in NATURAL_KEYS.items():
        ((extra,),) = subject.warehouse.rows(
            f"select count({key}) - count(distinct {key}) from {table}"  # noqa: S608
            f" where {key} in (select {key} from {table} where 1 = 1{touched})"
            if (touched := _touched(subject, table))
            else f"select count({key}) - count(distinct {key}) from {table}"  # noqa: S608
        )
        if extra:
            wrong.append(f"{extra} rows of {table} repeat a {key}")
    _refuse(wrong)
    return f"{len(NATURAL_KEYS)} natural keys"


def _coverage(subject: Subject) -> str:
    """Readers have all rows of each published table; the build that made it may be newer."""
    wrong = []
    for table, content in subject.version.manifest.tables.items():
        ((rows,),) = subject.warehouse.rows(f"select count(*) from {table}")  # noqa: S608
        if rows != content.rows:
            wrong.append(f"{table} has {rows} rows, of which {content.rows} are published")
    _refuse(wrong)
    return f"{len(subject.version.manifest.tables)} tables"


def _sanity(subject: Subject) -> str:
    """The revenue of the data layer is that of the facts; shares lie where shares can."""
    # With the dashboards' packages, which a loader can do without.
    from published.answers.query import Data

    data = Data.of(subject.version)
    ratios = [name for name in _RATIOS if _is_supported(data, name)]
    found = data.total([_REVENUE, *ratios])
    ((booked,),) = subject.warehouse.rows(
        "select cast(coalesce(sum(valor_total_liquido), 0) as decimal(38, 4)) from fact.fact_vendas"
    )
    wrong = [
        f"{name} is {found[name]}"
        for name in ratios
        if found[name] is not None and not -1 <= found[name] <= 1
    ]
    if (found[_REVENUE] or 0) != booked:
        wrong.append(f"{_REVENUE} is {found[_REVENUE]}, but the facts hold {booked}")
    if booked < 0:
        wrong.append(f"{_REVENUE} is negative: {booked}")
    _refuse(wrong)
    return ", ".join(f"{name} {'–' if v is None else v}" for name, v in found.items())


def _is_supported(data: "Data", metric: str) -> bool:
    from published.answers.semantic import NotSupportedByDataError

    try:
        data.semantic.check(metric, ())
    except NotSupportedByDataError:
        return False
    return True


def _filters(subject: Subject) -> str:
    """Each filter is answered, and its parts add up to the whole."""
    from published.answers.dimensions import DIMENSIONS
    from published.answers.filters import Filters
    from published.answers.query import Data
    from published.answers.semantic import NotSupportedByDataError

    data, wrong, gaps = Data.of(subject.version), [], 0
    for name in DIMENSIONS:
        metric = _REVENUE if data.semantic.applies(_REVENUE, name) else _DISCOUNT
        try:
            parts = {row[name]: row[metric] for row in data.query([metric], by=[name]).to_pylist()}
        except NotSupportedByDataError:
            # What the source lacks is said, not answered.
            gaps += 1
            continue
        whole = data.total([metric])[metric]
        if sum(part or 0 for part in parts.values()) != (whole or 0):
            wrong.append(f"{metric} by {name} does not add up to {whole}")
        for value in [value for value in parts if value is not None][:1]:
            asked = Filters.model_validate({name: (value,)})
            if data.total([metric], asked)[metric] != parts[value]:
                wrong.append(f"{metric} filtered by {name} is not what it is by {name}")
    _refuse(wrong)
    return f"{len(DIMENSIONS) - gaps} filters; {gaps} without data"


CHECKS: dict[str, Callable[[Subject], str]] = {
    "freshness": _freshness,
    "growth": _growth,
    "orphans": _orphans,
    "duplicates": _duplicates,
    "coverage": _coverage,
    "sanity": _sanity,
    "filters": _filters,
}
