"""Each rule finds its problem, and only then."""

import fcntl
import json
from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa
import pytest

from core import record
from core.audit import NODE, NODES, Audit
from loader import load
from pipeline.watch import rules
from published.versions import Mismatch, Reconciliation
from tests.alerts.conftest import MONDAY, AuditedFolder
from tests.loader.shop import Shop

HOUR = timedelta(hours=1)


def found(company: AuditedFolder) -> dict[str, str]:
    """Rule and job to the detail of each problem."""
    findings = rules.evaluate(company.settings, company.now)
    return {f"{p.rule} {p.job}": p.detail for p in findings.problems}


def test_nothing_is_wrong_where_nothing_has_happened(company: AuditedFolder) -> None:
    assert found(company) == {}
    assert not company.settings.warehouse.exists()


def test_a_step_fails_and_its_first_line_is_told(company: AuditedFolder) -> None:
    company.ran(
        {"status": "failed", "error": "the source is gone\ncustomer Ana"},
        {"command": "build", "status": "crashed"},
        {"command": "reconcile", "status": "running", "finished_at": None},
        {"command": "publish"},
        {"command": "backfill", "status": "failed"},
    )
    assert found(company) == {
        "pipeline-failed load": "the source is gone",
        "pipeline-failed build": "o processo morreu antes de terminar",
        "pipeline-failed reconcile": "o processo morreu antes de terminar",
    }


def test_the_entity_that_was_being_read_failed(company: AuditedFolder) -> None:
    part = {"run_id": "bad", "status": "failed"}
    company.ran(
        {"run_id": "bad", "status": "failed", "error": "no"},
        entities=[
            part | {"entity": "teams", "started_at": MONDAY, "finished_at": MONDAY},
            part | {"entity": "orders", "started_at": MONDAY + HOUR},
            # Not begun: it has the time at which the load planned it.
            part | {"entity": "products", "started_at": MONDAY},
        ],
    )
    assert set(found(company)) == {"pipeline-failed load", "entity-failed orders"}


@pytest.mark.parametrize(
    ("published", "now", "detail"),
    [
        ([datetime(2026, 3, 2, 10, 59)], datetime(2026, 3, 3, 10, 59), None),
        (
            [datetime(2026, 3, 2, 10, 59)],
            datetime(2026, 3, 3, 11),
            "eram devidos às 08:00 e ainda não foram publicados",
        ),
        ([datetime(2026, 3, 2, 10), datetime(2026, 3, 3, 11)], datetime(2026, 3, 3, 12), None),
        # 02:59 UTC is the day before, in São Paulo.
        (
            [datetime(2026, 3, 2, 10), datetime(2026, 3, 3, 2, 59)],
            datetime(2026, 3, 3, 12),
            "eram devidos às 08:00 e ainda não foram publicados",
        ),
        (
            [datetime(2026, 3, 2, 10), datetime(2026, 3, 3, 11, 30)],
            datetime(2026, 3, 3, 12),
            "eram devidos às 08:00 e só às 08:30 foram publicados",
        ),
        ([datetime(2026, 3, 3, 11, 30)], datetime(2026, 3, 3, 12), None),
    ],
)
def test_the_day_is_due_at_eight(
    company: AuditedFolder, published: list[datetime], now: datetime, detail: str | None
) -> None:
    company.published(*published)
    company.at(now)
    company.settings.warehouse.write_bytes(b"")
    told = {k: d for k, d in found(company).items() if k.startswith("sla")}
    assert told == ({"sla-missed dados de 02/03/2026": detail} if detail else {})


def test_nothing_has_run_for_long(company: AuditedFolder) -> None:
    company.ran({})
    company.later(hours=25)
    assert found(company) == {}
    company.later(hours=2)
    assert found(company) == {"no-recent-run dw run": "nada foi executado há 27 horas"}


def test_three_failures_of_ten_in_a_week_are_repeated(company: AuditedFolder) -> None:
    ten = [{"status": "failed" if index < 3 else "success"} for index in range(10)]
    company.ran(*ten)
    assert found(company) == {"repeated-failures load": "3 de 10 execuções falharam em 7 dias"}
    company.ran({"run_id": "one more"})
    assert found(company) == {}


def test_tests_failed_and_rows_went_into_quarantine(company: AuditedFolder) -> None:
    company.ran(
        {"command": "build", "load_id": "100.5"},
        {"command": "build", "run_id": "new", "load_id": "101.5"},
    )
    nodes = [
        {"invocation_id": "i", "unique_id": name, "name": name, "run_id": "new",
         "resource_type": "test", "status": status}
        for name, status in (("unique_orders", "fail"), ("sums", "error"), ("good", "pass"))
    ]  # fmt: skip
    Audit(company.settings).write(NODES, ["invocation_id", "unique_id"], nodes, NODE)
    with duckdb.connect(str(company.settings.warehouse)) as database:
        database.from_arrow(
            pa.table(
                {
                    "entidade": ["orders", "orders", "orders", "customers"],
                    "_dlt_load_id": ["100.5", "101.25", "101.5", "99.0"],
                }
            )
        ).create("audit.quarentena")
    assert found(company) == {
        "tests-failed build": "2 testes falharam: sums, unique_orders",
        "quarantine-grew build": "linhas novas em quarentena: orders 2",
    }


def test_the_reconciliation_found_differences(company: AuditedFolder) -> None:
    mismatch = Mismatch(
        step="source → staging", entity="orders", month="2026-01", measure="linhas",
        expected=2, found=1, query="",
    )  # fmt: skip
    verdict = Reconciliation(ok=False, load_id="", invocation_id="", mismatches=[mismatch])
    (company.settings.data_dir / "reconciliation.json").write_text(
        verdict.model_dump_json(), encoding="utf-8"
    )
    assert found(company) == {
        "reconciliation-mismatch reconcile": "1 diferenças entre origem, staging e marts: orders"
    }


def test_a_table_that_was_made_again_is_told_and_over(company: AuditedFolder) -> None:
    mismatch = Mismatch(
        step="sealed → now", entity="mart.dash_vendas", month="202601", measure="custo_total",
        expected=2, found=1, query="",
    )  # fmt: skip
    verdict = Reconciliation(ok=True, load_id="", invocation_id="", repaired=[mismatch])
    (company.settings.data_dir / "reconciliation.json").write_text(
        verdict.model_dump_json(), encoding="utf-8"
    )
    (problem,) = rules.evaluate(company.settings, company.now).problems
    assert (problem.rule, problem.job) == ("table-repaired", "mart.dash_vendas")
    assert problem.is_over
    assert problem.detail == (
        "1 diferenças, a primeira em custo_total de 202601: esperado 2, encontrado 1; refeita a"
        " partir do que está certo"
    )


def test_the_source_has_rows_that_the_load_should_have_brought(
    company: AuditedFolder,
) -> None:
    shop = Shop(f"sqlite:///{company.settings.data_dir / 'oltp.sqlite'}")
    shop.create()
    shop.fill()
    load.load(company.settings)
    company.at(datetime.now())
    assert found(company) == {}
    shop.change("orders", 1, order_status="Enviado")
    assert found(company) == {
        "watermark-stalled orders": "a origem tem linhas mais novas que 2025-03-01 12:00:00 UTC"
    }
    # Younger than what a load reads again anyway: it may have been committed late.
    shop.change("orders", 1, at=datetime(2999, 1, 1), order_status="Entregue")
    assert found(company) == {}


def test_a_warehouse_that_is_gone_or_damaged_is_told_and_the_audit_not_judged(
    company: AuditedFolder,
) -> None:
    company.ran({"status": "failed", "error": "no"})
    company.published(company.now)
    company.settings.warehouse.unlink()
    findings = rules.evaluate(company.settings, company.now)
    assert [p.detail for p in findings.problems] == ["o arquivo dw_ecommerce.duckdb não existe"]
    assert rules.Rule.PIPELINE_FAILED not in findings.judged
    company.settings.warehouse.write_bytes(b"no database")
    findings = rules.evaluate(company.settings, company.now)
    assert {p.rule for p in findings.problems} == {rules.Rule.WAREHOUSE_AWAY}
    assert rules.Rule.PIPELINE_FAILED not in findings.judged


def test_while_a_run_is_under_way_its_audit_is_not_judged(company: AuditedFolder) -> None:
    company.ran({"status": "failed", "error": "no"})
    with (company.settings.data_dir / "dw.lock").open("a") as another:
        fcntl.flock(another, fcntl.LOCK_EX)
        findings = rules.evaluate(company.settings, company.now)
    assert findings.problems == []
    assert not {rules.Rule.PIPELINE_FAILED, rules.Rule.WAREHOUSE_AWAY} & findings.judged


def tried(
    company: AuditedFolder, program: str, *minutes_ago: float, event: str = "login_failed"
) -> None:
    """Add tries of logins, so many minutes ago, to what a program has recorded."""
    folder = company.settings.data_dir / record.FOLDER
    folder.mkdir(exist_ok=True)
    with (folder / program).open("a", encoding="utf-8") as file:
        for ago in minutes_ago:
            at = (company.now - timedelta(minutes=ago)).replace(tzinfo=UTC).isoformat()
            line = {"at": at, "event": event, "user": "ana@example.com", "address": "203.0.113.7"}
            file.write(json.dumps(line) + "\n")


def test_twenty_wrong_logins_in_an_hour_are_an_incident_until_an_hour_has_none(
    company: AuditedFolder,
) -> None:
    tried(company, "api.jsonl.1", *range(40, 50))
    tried(company, "api.jsonl", *range(30, 35), event="login_refused")
    tried(company, "painel.jsonl", *range(20, 24))
    # People who enter are no news, nor is a line whose end is still to be written.
    tried(company, "painel.jsonl", *range(1, 20), event="login")
    (company.settings.data_dir / record.FOLDER / "other.jsonl").write_text('{"at": "2026')
    assert found(company) == {}
    tried(company, "painel.jsonl", 19)
    detail = "20 tentativas erradas ou recusadas; endereços: 1"
    assert found(company) == {"login-failures login": detail}
    assert company.check() == ["login-failures login"]
    company.later(minutes=41)
    assert company.check() == ["login-failures login"]
    company.later(minutes=1)
    assert company.check() == []


def test_wrong_logins_over_a_day_are_people_who_mistype(company: AuditedFolder) -> None:
    tried(company, "api.jsonl", *range(0, 24 * 60, 20))
    assert found(company) == {}


def test_what_the_servers_record_is_what_the_rule_reads(
    company: AuditedFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    record.start(company.settings.data_dir, "api")
    for _ in range(rules.WRONG_LOGINS):
        record.write("login_failed", user="ana@example.com", address="203.0.113.7")
    company.at(datetime.now(UTC).replace(tzinfo=None))
    (detail,) = found(company).values()
    assert "ana" not in detail
    assert "203" not in detail
    assert "login_failed" in capsys.readouterr().err
