"""Whatever is changed behind our back is found before a reader sees it, told, and made again.

`make test` tries a few changes; nightly, each kind of change in every table and every file.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from core.contract.entities import ENTITIES
from core.errors import LoaderError, MismatchError
from core.settings import Settings
from pipeline import cli
from pipeline.reconcile import REPAIRABLE, reconcile
from pipeline.report import REPORT
from published import versions
from published.versions import Mismatch, Reconciliation
from tests.gate import tamper

MODELS = {
    "dim": ("cliente", "cliente_historico", "data", "desconto", "equipe", "produto",
            "produto_historico", "regiao", "vendedor", "vendedor_historico"),
    "fact": ("vendas", "pedidos", "descontos", "metas"),
    "agg": ("fases_diario", "pedidos_diario", "qualidade_diario", "vendas_diario",
            "vendedor_diario", "wip_atual"),
    "mart": ("calendario", "ciclo_pedidos", "conciliacao", "descontos", "execucoes", "incidentes",
             "metas", "modelos", "monitor_etl", "sla", "vendas"),
}  # fmt: skip
PREFIX = {"dim": "dim", "fact": "fact", "agg": "agg", "mart": "dash"}
TABLES = [
    *(f"staging.{entity}" for entity in ENTITIES),
    *(f"{schema}.{PREFIX[schema]}_{name}" for schema, names in MODELS.items() for name in names),
    "dim.feriados_nacionais",
    "mart.feature_gates",
    *(f"audit.{table}" for table in sorted(tamper.AUDITED)),
]
# They tell of the runs, of which one more has been when they are made again.
OF_RUNS = {f"mart.dash_{name}" for name in ("execucoes", "incidentes", "modelos", "monitor_etl",
                                            "sla")}  # fmt: skip
# At once: each must be found beside the others.
FOUND = [
    ("staging.order_items", "cent"),
    ("dim.dim_produto", "day"),
    ("fact.fact_vendas", "key"),
    ("fact.fact_pedidos", "day"),
]
MADE_AGAIN = [
    ("agg.agg_vendas_diario", "row"),
    ("mart.dash_vendas", "cent"),
    ("audit.totais_staging", "cent"),
]


@dataclass(frozen=True)
class Company:
    """A company's data folder, after its first daily run."""

    settings: Settings

    def sql(self, *statements: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.settings.warehouse)) as database:
            return [database.execute(statement).fetchall() for statement in statements][-1]

    def columns(self, table: str) -> dict[str, str]:
        rows = self.sql(f"select column_name, column_type from (describe {table})")
        return {str(name): str(type_) for name, type_ in rows}

    def content(self, table: str) -> list[tuple[object, ...]]:
        # What is landed again comes with another load.
        columns = ", ".join(c for c in self.columns(table) if c != "_dlt_load_id")
        return self.sql(f"select {columns} from {table} order by all")

    def tampered(self, table: str, kind: str) -> None:
        """Change one thing in a table; skip what it has no column, or no row, for."""
        if not self.sql(f"select 1 from {table} limit 1"):
            if kind != "row":
                pytest.skip(f"{table} has no rows")
            columns = self.columns(table)
            values = ", ".join(f"{_any(type_)} as {name}" for name, type_ in columns.items())
            self.sql(f"insert into {table} by name select {values}")
            return
        chosen = tamper.statement(
            table,
            self.columns(table),
            kind,
            f"rowid = (select max(rowid) from {table} as last_one)",
        )
        if chosen is None:
            pytest.skip(f"{table} has no column for a {kind}")
        self.sql(chosen)

    @property
    def verdict(self) -> Reconciliation:
        found = versions.read(self.settings.data_dir / versions.VERDICT, Reconciliation)
        assert found is not None
        return found

    @property
    def report(self) -> str:
        path = self.settings.data_dir / REPORT
        return path.read_text(encoding="utf-8") if path.exists() else ""

    @property
    def current(self) -> int | None:
        return versions.catalogue(self.settings.data_dir).current

    def run(self) -> None:
        """``dw run``. Raises LoaderError."""
        cli.run()


def _any(type_: str) -> str:
    kind = type_.lower()
    if kind.startswith(("varchar", "string")):
        return "'x'"
    if kind.startswith(("timestamp", "date")):
        return f"{type_} '2025-01-01'"
    return "true" if kind == "boolean" else f"cast(1 as {type_})"


@pytest.fixture
def company(first_day: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    folder = tmp_path / "dw"
    shutil.copytree(first_day, folder)
    monkeypatch.setenv("DW_DATA_DIR", str(folder))
    yield Company(Settings(data_dir=folder))


def assert_named(company: Company, table: str, mismatches: list[Mismatch]) -> None:
    """The report names the table, the month, what differs by how much, and a query."""
    found = [m for m in mismatches if m.entity == table]
    assert found, f"{table} is not among {sorted({m.entity for m in mismatches})}"
    for mismatch in found[:20]:
        assert mismatch.expected != mismatch.found
        difference = mismatch.found - mismatch.expected
        assert (
            f"| {mismatch.entity} | {mismatch.month or '-'} | {mismatch.measure} |"
            f" {mismatch.expected} | {mismatch.found} | {difference} |"
        ) in company.report
        assert f"    {mismatch.query};" in company.report


def found_by_reconcile(company: Company, *changes: tuple[str, str]) -> None:
    """Tables that are all made again, or none of them, are changed and judged at once."""
    before = {table: company.content(table) for table, _ in changes}
    for table, kind in changes:
        company.tampered(table, kind)
        assert company.content(table) != before[table]
    if all(table.startswith(REPAIRABLE) for table in before):
        judged = reconcile(company.settings)
        assert judged.verdict.ok
        for table, content in before.items():
            assert_named(company, table, judged.verdict.repaired)
            if table not in OF_RUNS:
                assert company.content(table) == content
    else:
        with pytest.raises(MismatchError) as raised:
            reconcile(company.settings)
        assert not company.verdict.ok
        for table in before:
            assert table in str(raised.value)
            assert_named(company, table, company.verdict.mismatches)
    assert company.current == 1


def found_by_run(company: Company, table: str, kind: str) -> None:
    before = company.content(table)
    company.tampered(table, kind)
    if table.startswith((*REPAIRABLE, "staging.")):
        company.run()
        assert company.current == 2
        assert_named(company, table, company.verdict.repaired)
        published_is_the_facts(company)
        if table not in OF_RUNS and not (table.startswith("staging.") and kind == "key"):
            assert company.content(table) == before
    else:
        with pytest.raises(MismatchError, match=table):
            company.run()
        assert company.current == 1
        assert_named(company, table, company.verdict.mismatches)


def published_is_the_facts(company: Company) -> None:
    """What readers read is what the facts hold, to the cent."""
    facts = company.sql(
        "select data_id, count(*), sum(valor_total_liquido) from fact.fact_vendas"
        " group by data_id order by data_id"
    )
    with versions.connect(versions.current(company.settings.data_dir)) as database:
        read = database.execute(
            "select data_id, count(*), sum(valor_total_liquido) from mart.dash_vendas"
            " group by data_id order by data_id"
        ).fetchall()
    assert read == facts


@pytest.mark.slow
@pytest.mark.parametrize("changes", [FOUND, MADE_AGAIN], ids=["found", "made again"])
def test_a_reconciliation_finds_what_was_changed(
    company: Company, changes: list[tuple[str, str]]
) -> None:
    found_by_reconcile(company, *changes)


@pytest.mark.slow
def test_what_no_seal_answers_for_the_sums_find(company: Company) -> None:
    """Without any seal, as after a build by hand: each step of the chain, by itself."""
    for table, kind in (
        ("dim.dim_produto", "cent"),
        ("fact.fact_vendas", "cent"),
        ("fact.fact_pedidos", "row"),
        ("agg.agg_vendedor_diario", "row"),
        ("agg.agg_fases_diario", "row"),
        ("mart.dash_descontos", "cent"),
    ):
        company.tampered(table, kind)
    company.sql("delete from audit.seal")
    with pytest.raises(MismatchError):
        reconcile(company.settings)
    steps = {(m.step, m.entity) for m in company.verdict.mismatches}
    assert {
        ("staging → dimensions", "dim.dim_produto"),
        ("staging → facts", "fact.fact_vendas"),
        ("staging → facts", "fact.fact_pedidos"),
        ("facts → aggregates", "agg.agg_vendedor_diario"),
        ("facts → aggregates", "agg.agg_fases_diario"),
        ("facts → marts", "mart.dash_descontos"),
    } <= steps
    assert not any(step.startswith("sealed") for step, _ in steps)


@pytest.mark.slow
def test_a_row_twice_in_a_mart_never_reaches_a_reader(company: Company) -> None:
    company.sql(
        "insert into mart.dash_vendas select * from mart.dash_vendas order by venda_id limit 5"
    )
    company.run()
    assert company.current == 2
    assert_named(company, "mart.dash_vendas", company.verdict.repaired)
    published_is_the_facts(company)


def every_change() -> list[tuple[str, str]]:
    return [(table, kind) for table in TABLES for kind in tamper.KINDS]


@pytest.mark.long
@pytest.mark.parametrize(("table", "kind"), every_change())
def test_a_reconciliation_finds_every_change(company: Company, table: str, kind: str) -> None:
    found_by_reconcile(company, (table, kind))


@pytest.mark.long
@pytest.mark.parametrize(("table", "kind"), every_change())
def test_a_run_finds_every_change(company: Company, table: str, kind: str) -> None:
    found_by_run(company, table, kind)


def test_every_table_is_tampered_with(company: Company) -> None:
    there = company.sql(
        "select table_schema, table_name from information_schema.tables"
        f" where table_schema in {tamper.SCHEMAS} and table_type = 'BASE TABLE'"
    )
    sealed = {f"{schema}.{table}" for schema, table in there if tamper.is_sealed(schema, table)}
    assert sealed == set(TABLES)
    assert {table for (table,) in company.sql("select table_name from audit.seal")} == sealed


FILE_CHANGES = ("byte", "cent", "row", "gone")


def change_file(path: Path, change: str) -> None:
    if change == "gone":
        path.unlink()
        return
    if change == "byte" or path.suffix != ".parquet":
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        return
    with duckdb.connect() as database:
        rows = database.read_parquet(str(path))
        columns = dict(zip(rows.columns, map(str, rows.types), strict=True))
        rows.create("content")
        last = "rowid = (select max(rowid) from content as last_one)"
        kind = "row" if change == "row" else "cent"
        changed = tamper.statement("content", columns, kind, last)
        if changed is None:
            pytest.skip(f"{path.name} has no column for a cent")
        database.execute(changed)
        database.table("content").write_parquet(str(path), compression="zstd")


def found_in_a_file(company: Company, name: str, change: str) -> None:
    path = versions.path_of(company.settings.data_dir, 1) / name
    change_file(path, change)
    with pytest.raises(LoaderError):
        reconcile(company.settings)
    wrong = company.verdict.mismatches
    assert wrong and all(m.entity.startswith("published ") for m in wrong)
    assert any(name.split(".parquet")[0] in m.entity or name in m.query for m in wrong)
    assert_named(company, wrong[0].entity, wrong)
    # A day later readers read a whole version, and are told.
    company.run()
    assert company.current == 2
    assert company.verdict.repaired
    published_is_the_facts(company)


@pytest.mark.slow
def test_a_changed_cent_in_a_file_is_found(company: Company) -> None:
    found_in_a_file(company, "mart.dash_vendas.parquet", "cent")
    assert "| marts → files | published mart.dash_vendas |" in company.report


@pytest.mark.long
@pytest.mark.parametrize("change", FILE_CHANGES)
def test_a_change_in_any_file_is_found(
    first_day: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    names = sorted(path.name for path in versions.path_of(first_day, 1).iterdir())
    assert len(names) == len(set(names)) > 15
    tried = 0
    for name in names:
        folder = tmp_path / name
        shutil.copytree(first_day, folder)
        monkeypatch.setenv("DW_DATA_DIR", str(folder))
        try:
            found_in_a_file(Company(Settings(data_dir=folder)), name, change)
            tried += 1
        except pytest.skip.Exception:
            pass
        shutil.rmtree(folder)
    assert tried > 10
