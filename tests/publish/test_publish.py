import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core import warehouse
from core.errors import ExitCode, UsageError
from core.settings import ROOT
from core.warehouse import STAGING
from pipeline import export
from pipeline import publish as publications
from pipeline.cli import main
from pipeline.publish import PublicationRefusedError, publish, rollback
from published import versions
from published.versions import NothingPublishedError
from tests.publish.office import Office


def test_a_version_is_what_the_warehouse_holds(office: Office) -> None:
    version = versions.current(office.settings.data_dir)
    manifest = version.manifest
    assert version.version == manifest.version == 1
    marts = set(manifest.tables)
    assert {f"mart.dash_{n}" for n in ("vendas", "metas", "descontos", "ciclo_pedidos")} < marts
    assert {"mart.dash_monitor_etl", "mart.feature_gates", "agg.agg_wip_atual"} < marts
    with versions.connect(version) as database:
        for mart, table in manifest.tables.items():
            expected = office.sql(f"select * from {mart} order by all")
            assert database.execute(f"select * from {mart} order by all").fetchall() == expected
            assert table.rows == len(expected)
            types = database.execute(f"select column_name, column_type from (describe {mart})")
            assert dict(types.fetchall()) == table.columns
            (part,) = table.parts
            content = (version.path / part.file).read_bytes()
            assert (part.bytes, part.sha256) == (
                len(content),
                hashlib.sha256(content).hexdigest(),
            )


def test_the_manifest_says_where_it_comes_from(office: Office) -> None:
    manifest = versions.current(office.settings.data_dir).manifest
    ((load_id,),) = office.sql("select max(load_id) from staging._dlt_loads")
    ((invocation_id, tests),) = office.sql(
        "select any_value(invocation_id), count(*) filter (status = 'pass') from audit.dbt_run_node"
    )
    git = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True).stdout.strip() or None
    assert manifest.load_id == load_id
    assert manifest.invocation_id == invocation_id
    assert manifest.tests_passed == tests
    assert manifest.reconciliation.ok
    assert manifest.git_commit == commit
    row = office.sql(
        "select run_id, version, action, load_id, invocation_id, rows, bytes, status, error"
        " from audit.publication"
    )
    assert row == [
        (manifest.run_id, 1, "publish", load_id, invocation_id, manifest.rows, manifest.bytes,
         "success", None)
    ]  # fmt: skip
    assert office.sql(
        "select status, load_id from audit.etl_run where command = 'publish'"
    ) == [("success", load_id)]  # fmt: skip


def test_no_personal_value_is_published(office: Office) -> None:
    version = versions.current(office.settings.data_dir)
    columns = ("nome_cliente", "cpf_cnpj", "email", "telefone", "endereco", "cep")
    personal = {
        str(value)
        for row in office.sql(f"select {', '.join(columns)} from dim.dim_cliente")
        for value in row
        if value not in (None, "Não informado")
    }
    assert len(personal) > 200
    with versions.connect(version) as database:
        for mart, table in version.manifest.tables.items():
            for column in table.columns:
                values = database.execute(f'select distinct "{column}"::text from {mart}')
                shared = personal & {value for (value,) in values.fetchall()}
                assert not shared, f"{mart}.{column}"
    manifest = (version.path / "manifest.json").read_text(encoding="utf-8")
    assert not any(value in manifest for value in personal)


def test_readers_need_neither_dlt_nor_dbt() -> None:
    code = (
        "import published.versions, sys; assert not {'dlt', 'dbt', 'sqlalchemy'} & {*sys.modules}"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_an_empty_mart_is_published_with_its_columns(small_office: Office) -> None:
    small_office.sql("delete from mart.dash_monitor_etl", small_office.BUILT_SINCE)
    table = publish(small_office.settings).tables["mart.dash_monitor_etl"]
    assert table.rows == 0
    assert table.columns["linhas_extraidas"] == "BIGINT"
    small_office.assert_whole()


def test_what_was_not_built_since_is_not_written_again(small_office: Office) -> None:
    def same(mart: str, one: int, other: int) -> bool:
        first, second = (small_office.folder(v) / f"mart.{mart}.parquet" for v in (one, other))
        return first.samefile(second)

    first = publish(small_office.settings)
    assert same("feature_gates", 1, 2) and same("dash_monitor_etl", 1, 2)

    changed = "update mart.dash_monitor_etl set linhas_extraidas = linhas_extraidas + 1"
    small_office.sql(changed, small_office.BUILT_SINCE)
    second = publish(small_office.settings)
    assert same("feature_gates", 2, 3) and not same("dash_monitor_etl", 2, 3)
    assert second.tables["mart.feature_gates"] == first.tables["mart.feature_gates"]

    (small_office.folder(3) / "mart.feature_gates.parquet").write_bytes(b"damaged")
    publish(small_office.settings)
    assert not same("feature_gates", 3, 4)


def test_a_version_of_before_a_mart_had_parts_is_read(small_office: Office) -> None:
    path = small_office.folder(1) / versions.MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for table in manifest["tables"].values():
        (part,) = table.pop("parts")
        table |= {name: part[name] for name in ("file", "rows", "bytes", "sha256")}
    path.write_text(json.dumps(manifest), encoding="utf-8")
    small_office.assert_whole()
    publish(small_office.settings)
    small_office.assert_whole()


def test_of_a_big_mart_only_the_months_that_changed_are_written_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.expose("vendas_e_margem")
    office.sql(office.BUILT_SINCE)
    monkeypatch.setattr(export, "MONTHLY_ROWS", 100)
    first = publish(office.settings).tables["mart.dash_vendas"]
    expected = office.sql(
        "select data_id // 100, count(*) from mart.dash_vendas group by 1 order by 1"
    )
    assert [(part.month, part.rows) for part in first.parts] == expected
    assert len(expected) > 2
    office.assert_whole()

    ((month,),) = office.sql(
        "update mart.dash_vendas set nome_produto = concat(nome_produto, '!')"
        " where venda_id = (select min(venda_id) from mart.dash_vendas)",
        "select data_id // 100 from mart.dash_vendas order by venda_id limit 1",
    )
    second = publish(office.settings).tables["mart.dash_vendas"]
    for part in second.parts:
        one, other = (office.folder(v) / part.file for v in (2, 3))
        assert one.samefile(other) == (part.month != month)
    office.assert_whole()


def test_the_newest_are_kept_and_the_one_just_left(
    small_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert publications.KEPT == 5
    monkeypatch.setattr(publications, "KEPT", 2)
    publish(small_office.settings)
    publish(small_office.settings)
    assert (small_office.current, small_office.kept) == (3, [2, 3])
    assert small_office.names() == {"current.json", "v2", "v3"}

    rollback(small_office.settings)
    publish(small_office.settings)
    assert (small_office.current, small_office.kept) == (4, [2, 3, 4])
    publish(small_office.settings)
    assert (small_office.current, small_office.kept) == (5, [4, 5])
    assert small_office.names() == {"current.json", "v4", "v5"}
    small_office.assert_whole()


def test_rollback_points_to_an_earlier_version(small_office: Office) -> None:
    publish(small_office.settings)
    publish(small_office.settings)

    assert rollback(small_office.settings).version == 2
    assert versions.current(small_office.settings.data_dir).version == 2
    assert rollback(small_office.settings).version == 1
    with pytest.raises(UsageError, match="no version before the current one; kept are: v1, v2, v3"):
        rollback(small_office.settings)
    with pytest.raises(UsageError, match="there is no version v9; kept are: v1, v2, v3"):
        rollback(small_office.settings, 9)
    assert rollback(small_office.settings, 3).version == 3
    assert small_office.publications() == [
        *[("publish", number, "success") for number in (1, 2, 3)],
        *[("rollback", number, "success") for number in (2, 1)],
        *[("rollback", None, "failed")] * 2,
        ("rollback", 3, "success"),
    ]


def test_rollback_refuses_a_damaged_version(small_office: Office) -> None:
    publish(small_office.settings)
    data_dir = small_office.settings.data_dir
    with (versions.path_of(data_dir, 1) / "mart.feature_gates.parquet").open("ab") as file:
        file.write(b"x")
    with pytest.raises(PublicationRefusedError, match=r"feature_gates\.parquet is damaged"):
        rollback(small_office.settings)
    assert small_office.current == 2


def test_readers_are_told_when_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(NothingPublishedError, match="run `dw publish`"):
        versions.current(tmp_path)
    assert versions.versions(tmp_path) == []


def _interrupt_load(office: Office) -> None:
    warehouse.pipeline(office.settings, STAGING).extract([{"n": 1}], table_name="pending")


def _new_load(office: Office) -> None:
    office.sql(
        "insert into staging._dlt_loads select * replace ('9999999999.1' as load_id)"
        " from staging._dlt_loads limit 1"
    )


def _mark_personal(office: Office) -> None:
    def mark(dbt: dict) -> None:  # type: ignore[type-arg]
        column = dbt["nodes"]["model.dw_ecommerce.dim_produto"]["columns"]["categoria"]
        column["config"]["meta"]["pii"] = True

    office.change_artifacts(mark)


REFUSALS: dict[str, tuple[Callable[[Office], object], str]] = {
    "interrupted load": (_interrupt_load, "a load was interrupted"),
    "no build": (
        lambda office: office.sql("delete from audit.etl_run where command = 'build'"),
        "there has been no build",
    ),
    "failed build": (
        lambda office: office.sql(
            "update audit.etl_run set status = 'failed', error = 'test x' where command = 'build'"
        ),
        "is failed: test x",
    ),
    "killed build": (
        lambda office: office.sql(
            "update audit.etl_run set status = 'running' where command = 'build'"
        ),
        "is crashed",
    ),
    "new load": (_new_load, r"load 9999999999\.1 has come since the last build"),
    "mismatch": (
        lambda office: office.sql(
            "update fact.fact_vendas set custo_total = 7"
            " where venda_id = (select max(venda_id) from fact.fact_vendas)"
        ),
        r"differences, in .*fact\.fact_vendas.*see .*CRITICAL_MISMATCHES\.md",
    ),
    "other artifacts": (
        lambda office: office.change_artifacts(
            lambda dbt: dbt["metadata"].update(invocation_id="x")
        ),
        "manifest.json is not of the last build",
    ),
    "no exposure": (lambda office: office.expose(), "no dbt exposure names a mart"),
    "personal data": (_mark_personal, r"may not be published: .*mart\.dash_vendas\.categoria"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals_leave_readers_what_they_have(office: Office, case: str) -> None:
    tamper, message = REFUSALS[case]
    tamper(office)

    with pytest.raises(PublicationRefusedError, match=message) as refusal:
        publish(office.settings)

    assert refusal.value.exit_code == ExitCode.REFUSED
    assert (office.current, office.kept) == (1, [1])
    office.assert_whole()
    assert office.publications() == [("publish", 1, "success"), ("publish", None, "refused")]
    ((error,),) = office.sql("select error from audit.publication where status = 'refused'")
    assert error == str(refusal.value)


def test_the_commands_and_their_exit_codes(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DW_DATA_DIR", str(office.settings.data_dir))

    def dw(command: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["dw", command])
        with pytest.raises(SystemExit) as ended:
            main()
        return (int(ended.value.code or 0), *capsys.readouterr())

    code, out, _ = dw("publish")
    assert code == ExitCode.OK
    assert out.startswith("published v2: 18 tables, ")
    code, out, _ = dw("rollback")
    assert code == ExitCode.OK
    assert out.startswith("readers now read v1, of ")
    code, out, _ = dw("versions")
    assert code == ExitCode.OK
    assert [line[:4] for line in out.splitlines()] == ["* v1", "  v2"]
    office.sql("delete from fact.fact_vendas where venda_id % 7 = 0")
    code, out, error = dw("publish")
    assert (code, out) == (ExitCode.REFUSED, "")
    assert re.match(r"dw: \d+ differences, in .*fact\.fact_vendas", error.splitlines()[-1])
    assert "Traceback" not in error
