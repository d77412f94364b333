"""The smoke test finds nothing in a sound company, and each fault in a broken one."""

import json

import duckdb
import pytest

from tests.operation.conftest import Keeper

pytestmark = pytest.mark.slow


def smoke(keeper: Keeper) -> tuple[int, dict[str, tuple[bool, str]]]:
    """The exit code, and each check with its verdict and detail."""
    done = keeper.bash("dw smoke --json")
    results = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, {r["check"]: (r["ok"], r["detail"]) for r in results}


def test_it_finds_what_is_wrong_and_only_that(keeper: Keeper) -> None:
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
