"""The runbook: every alert has its section, and every command in it works, in its order.

The smoke test is in this file too: it breaks the company
that the runbook leaves, which is dear to make.
"""

import json
import re

import duckdb
import pytest

from core.errors import FOR_A_PERSON, ExitCode
from core.settings import ROOT
from published import versions
from published.incidents import Rule
from tests.operation.conftest import RUNBOOK, Keeper


def test_every_alert_has_a_section() -> None:
    headings = re.findall(r"^#+ (.+)$", RUNBOOK, re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    assert set(Rule) <= anchors
    assert set(re.findall(r"\]\(#([a-z-]+)\)", RUNBOOK)) <= anchors


def test_every_exit_code_is_told_and_none_is_tried_again_in_vain() -> None:
    codes = {int(code) for code in ExitCode} - {0}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", RUNBOOK, re.MULTILINE)} == codes
    for name in ("README.md", "README.pt-BR.md"):
        (told,) = re.findall(r"^(?:Exit codes|Códigos de saída) (?s:.+?)\n\n",
                             (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)  # fmt: skip
        assert {int(code) for code in re.findall(r"\b\d\b", told)} == codes | {0}
    (line,) = re.findall(r"^RestartPreventExitStatus=(.+)$", RUNBOOK, re.MULTILINE)
    # As docker.schedule does.
    assert {int(code) for code in line.split()} == FOR_A_PERSON


@pytest.mark.long
def test_every_command_works(keeper: Keeper) -> None:
    folder = keeper.pipeline.folder
    # Run, mended, restored, made from scratch, and rolled back.
    assert versions.catalogue(folder) == versions.Catalogue(current=2, kept=[1, 2, 3])
    assert folder.with_name(f"{folder.name}.damaged").is_dir()


@pytest.mark.long
def test_the_steps_of_one_daily_run_share_an_id(keeper: Keeper) -> None:
    folder = keeper.pipeline.folder
    # The warehouse in which the runbook began.
    with duckdb.connect(str(folder / "dw_ecommerce.duckdb.old"), read_only=True) as database:
        cycles = database.execute(
            "select cycle_id, list(command order by started_at) from audit.etl_run"
            " where cycle_id is not null group by cycle_id"
        ).fetchall()
    ((cycle, commands),) = cycles
    assert commands == ["load", "build", "reconcile", "publish"]
    assert [v.manifest.cycle_id for v in versions.versions(folder)] == [cycle, None, None]


def smoke(keeper: Keeper) -> tuple[int, dict[str, tuple[bool, str]]]:
    """The exit code, and each check with its verdict and detail."""
    done = keeper.bash("dw smoke --json")
    results = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, {r["check"]: (r["ok"], r["detail"]) for r in results}


@pytest.mark.long
def test_the_smoke_test_finds_what_is_wrong_and_only_that(keeper: Keeper) -> None:
    code, results = smoke(keeper)
    # The runbook ends with a rollback: what readers have is not the newest, and has other rows.
    assert code == 1
    assert [name for name, (ok, _) in results.items() if not ok] == ["freshness", "coverage"]
    keeper.bash("dw rollback --to 3")
    code, results = smoke(keeper)
    assert (code, all(ok for ok, _ in results.values())) == (0, True), results

    with duckdb.connect(str(keeper.pipeline.folder / "dw_ecommerce.duckdb")) as database:
        database.execute("delete from dim.dim_produto where produto_id = (select max(produto_id)"
                         " from fact.fact_vendas)")  # fmt: skip
        database.execute("update dim.dim_cliente set cliente_original_id = '1'")
        database.execute("update fact.fact_vendas set valor_total_liquido = 0")
        database.execute("delete from mart.dash_metas")
    code, results = smoke(keeper)
    assert code == 1
    failed = {name: detail for name, (ok, detail) in results.items() if not ok}
    assert set(failed) == {"orphans", "duplicates", "coverage", "sanity"}
    assert (
        "rows of fact.fact_vendas have a produto_id that dim.dim_produto lacks"
        in (failed["orphans"])
    )
    assert "rows of dim.dim_cliente repeat a cliente_original_id" in failed["duplicates"]
    assert "mart.dash_metas has 0 rows" in failed["coverage"]
    assert "but the facts hold 0" in failed["sanity"]
