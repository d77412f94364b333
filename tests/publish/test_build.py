import os
import subprocess
import sys
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from dbt.cli.main import dbtRunner, dbtRunnerResult

from ci.parity import ABOUT_RUNS
from core.audit import Audit
from core.engines import engine
from core.lock import hold_warehouse
from core.settings import Settings
from pipeline import build
from pipeline.build import BuildFailedError
from tests.publish.office import Office


def test_a_build_is_recorded_node_by_node(office: Office) -> None:
    ((run_id, status, load_id),) = office.sql(
        "select run_id, status, load_id from audit.etl_run where command = 'build'"
    )
    assert status == "success"
    assert [(load_id,)] == office.sql("select max(load_id) from staging._dlt_loads")
    counts = dict(
        office.sql(
            "select resource_type, count(*) from audit.dbt_run_node"
            f" where run_id = '{run_id}' and status in ('success', 'pass')"
            " and finished_at >= started_at and seconds > 0 group by 1"
        )
    )
    models = office.sql(
        "select count(*) from information_schema.tables"
        " where table_schema in ('dim', 'fact', 'agg', 'mart') and table_name not like 'feriados%'"
    )
    assert counts["model"] >= models[0][0] > 20
    assert counts["test"] > 100
    last = build.last_build(Audit(office.settings))
    assert last is not None
    assert (last.run_id, last.tests_passed) == (run_id, counts["test"])


def test_a_failing_test_fails_the_build_and_keeps_the_marts(office: Office) -> None:
    before = office.sql("select sum(valor_total_liquido) from mart.dash_vendas")
    office.sql(
        "update fact.fact_vendas set valor_total_liquido = valor_total_liquido + 1"
        " where venda_id = (select min(venda_id) from fact.fact_vendas)"
    )
    environment = dict(os.environ)

    with pytest.raises(BuildFailedError, match=r"the build failed: \d+ of \d+ nodes") as failure:
        build.build(office.settings)

    assert "test expressao_verdadeira_fact_vendas" in str(failure.value)
    assert "got 1 result" in str(failure.value).lower()
    assert before == office.sql("select sum(valor_total_liquido) from mart.dash_vendas")
    assert environment == dict(os.environ)
    failed = build.last_build(Audit(office.settings))
    assert failed is not None
    assert (failed.status, failed.error) == ("failed", str(failure.value))
    assert office.sql(
        "select count(*) > 0 from audit.dbt_run_node where status = 'skipped'"
        f" and name = 'dash_vendas' and run_id = '{failed.run_id}' and started_at is null"
    ) == [(True,)]

    # Another process can use the warehouse although this one lives on.
    code = "import duckdb, sys; duckdb.connect(sys.argv[1]).close()"
    subprocess.run([sys.executable, "-c", code, str(office.settings.warehouse)], check=True)


def test_a_build_that_cannot_start_says_why(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.dbt.PROJECT", office.settings.data_dir)
    with pytest.raises(BuildFailedError, match=r"dbt could not start .*dbt_project\.yml"):
        build.build(office.settings)
    failed = build.last_build(Audit(office.settings))
    assert failed is not None
    assert (failed.status, failed.invocation_id, failed.tests_passed) == ("failed", None, 0)


def test_who_interrupts_a_build_interrupts_the_run(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted = dbtRunnerResult(success=False, exception=KeyboardInterrupt())
    monkeypatch.setattr(dbtRunner, "invoke", lambda *_: interrupted)
    with pytest.raises(KeyboardInterrupt):
        build.build(office.settings)


def test_what_is_built_is_not_built_again(office: Office) -> None:
    before = build.last_build(Audit(office.settings))
    assert before is not None
    (runs,) = office.sql("select count(*) from mart.dash_execucoes")

    again = build.build(office.settings, only_new=True)

    models = {node.name for node in again.nodes if node.resource_type == "model"}
    assert {f"mart.{model}" for model in models} == ABOUT_RUNS | {"mart.reconciliation"}
    assert office.sql("select count(*) from mart.dash_execucoes") > [runs]
    last = build.last_build(Audit(office.settings))
    assert last is not None
    assert (last.load_id, last.tests_passed) == (before.load_id, before.tests_passed)

    assert build._before(office.settings, last, build._project()) is not None
    assert build._before(office.settings, last, "another") is None


def test_a_daily_run_tests_the_rows_of_new_loads_and_all_once_a_week(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    impossible = "update fact.fact_pedidos set duracao_total_horas = -1 where pedido_id = {}"
    failing = "expressao_verdadeira_fact_pedidos_duracao_total_horas"
    old, new = (order for (order,) in office.sql(
        "select pedido_id from fact.fact_pedidos where duracao_total_horas > 0 order by 1 limit 2"
    ))  # fmt: skip
    office.sql(impossible.format(old))
    land_again(office, new)
    build.build(office.settings, only_new=True)
    with monkeypatch.context() as patch, pytest.raises(BuildFailedError, match=failing):
        patch.setattr(build, "WHOLE_EVERY", timedelta(0))
        build.build(office.settings, only_new=True)
    # After a failure all rows are tested, until they have passed.
    with pytest.raises(BuildFailedError, match=failing):
        build.build(office.settings, only_new=True)


def land_again(office: Office, order: int) -> None:
    """Land a row again, by a load of its own."""
    office.sql(
        "insert into staging._dlt_loads"
        " select * replace (cast(cast(load_id as double) + 1 as varchar) as load_id)"
        " from staging._dlt_loads where schema_name = 'company' order by load_id desc limit 1",
        "update staging.orders set _dlt_load_id = (select max(load_id) from staging._dlt_loads)"
        f" where order_id = '{order}'",
    )


def test_a_build_leaves_the_open_warehouse_as_it_was(office: Office) -> None:
    with hold_warehouse(office.settings):
        with engine(office.settings).reader() as reader:
            settings = "select name, value from duckdb_settings() order by name"
            before = reader.rows(settings)
        build.make(office.settings, "reconciliation")
        with engine(office.settings).reader() as reader:
            assert reader.rows(settings) == before


def test_nothing_to_build_before_the_first_load(tmp_path: Any) -> None:
    with pytest.raises(BuildFailedError, match="nothing has been loaded yet; run `dw load`"):
        build.build(Settings(data_dir=tmp_path))


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("select cast('Maria Silva' as int)", "Conversion Error"),
        ("create table t (name text unique); insert into t values ('Maria Silva'),"
         " ('Maria Silva')", "Constraint Error"),
        ("select cast(strptime('Maria Silva', '%Y') as date)", "Invalid Input Error"),
    ],
)  # fmt: skip
def test_messages_hold_no_values_of_rows(statement: str, says: str) -> None:
    with duckdb.connect() as database, pytest.raises(duckdb.Error) as error:
        database.execute(statement)
    assert "Maria" in str(error.value)
    message = _message("error", f"Runtime Error in model dim_cliente (x.sql)\n  {error.value}")
    assert message == f"{says}; for the values, run `dbt build --select dim_cliente`"


def test_messages_about_code_are_kept() -> None:
    with duckdb.connect() as database, pytest.raises(duckdb.Error) as error:
        database.execute("select nome from (select 1 as outro)")
    message = _message("error", f"Runtime Error in model dim_cliente (x.sql)\n  {error.value}")
    assert message is not None
    assert '"nome" not found' in message
    counted = "Got 3 results, configured to fail if != 0"
    assert _message("fail", counted) == counted


def _message(status: str, message: str) -> str | None:
    result: Any = SimpleNamespace(
        status=status, message=message, node=SimpleNamespace(name="dim_cliente")
    )
    return build._message(result)
