"""What waits in quarantine stands on the page, with what it is worth."""

import re
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from core.settings import ROOT
from dashboards.parts.tables import ShownTable
from dashboards.screens import monitor

TOTALS = ROOT / "dbt_project" / "models" / "audit" / "totais_staging.sql"


def test_every_part_of_the_account_that_waits_is_listed_with_its_amount(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sql = TOTALS.read_text(encoding="utf-8")
    why = re.findall(r"quarantine_reason is not null\s+then \{\{ literal\('(.+)'\) \}\}", sql)
    assert len(why) == len(set(why)) == sql.count("quarantine_reason is not null") == 4
    rows = [
        {"entidade": "x", "parcela": part, "linhas": 2, "valor_liquido": Decimal("9.50")}
        for part in ["staging", "mart", "item excluído", *why]
    ]
    data = SimpleNamespace(rows=lambda mart: pa.Table.from_pylist(rows))
    shown: list[ShownTable] = []

    def listing(view: object, name: str, table: ShownTable, alt: str) -> None:
        shown.append(table)

    monkeypatch.setattr(monitor.panels, "listing", listing)
    view: Any = SimpleNamespace(data=data)
    monitor.quarantine(view)
    (table,) = shown
    assert sorted(row["parcela"] for row in table.rows) == sorted(why)
    assert list(table.columns) == ["entidade", "parcela", "linhas", "valor_liquido"]
