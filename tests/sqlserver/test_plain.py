"""A server that speaks T-SQL and has no feature of Microsoft's: from bootstrap to publication."""

import sys
from collections.abc import Callable

import pytest

from published import versions
from tests.conftest import Pipeline
from tests.sqlserver.conftest import DATABASE, LOG
from tests.sqlserver.parser import TOOL

pytestmark = pytest.mark.long

PASSWORDS = ("ADMIN", "ETL_WRITER", "BI_READER", "OLTP_READER")


def test_without_features_all_works_from_bootstrap_to_publication(
    new_pipeline: Callable[..., Pipeline],
) -> None:
    if not TOOL.is_file():
        pytest.skip(f"{TOOL} is not there (DW_SHARED_TOOLS names its folder)")
    pipeline = new_pipeline(
        DW_TARGET="sqlserver",
        DW_SHARED_TOOLS=str(TOOL.parent),
        DW_SQLSERVER_FEATURES="none",
        DW_SAMPLE_ORDERS="0",
        STAND_IN="plain",
        **{f"DW_{name}_PASSWORD": "secret" for name in PASSWORDS},
    )
    pipeline.seed(60)
    database, log = (str(pipeline.folder / name) for name in (DATABASE, LOG))
    commands = ("docker.bootstrap", "dw load", "dw build", "seeds-oltp wave 1", "dw run")
    pipeline.run(sys.executable, "-m", "tests.sqlserver.dw", database, log, *commands)
    tables = versions.current(pipeline.folder).manifest.tables
    assert tables["mart.dash_vendas"].rows > 0
    batches = (pipeline.folder / LOG).read_text(encoding="utf-8").lower()
    assert "create database [dw_ecommerce]" in batches
    assert "merge into" in batches
    for left_out in ("columnstore", "add masked", "grant select", "sp_configure", "server audit"):
        assert left_out not in batches
