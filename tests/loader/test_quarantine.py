"""Values that their columns cannot hold: the row lands without them, and says why."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from core.contract.entities import ENTITIES
from core.errors import SchemaContractError
from core.settings import Settings
from loader.load import load
from tests.loader.shop import BASE, Shop
from tests.loader.staging import content, rows

DAY = timedelta(days=1)
REASON = "_quarantine"
ODD = "_odd_values"


def _spoil(shop: Shop, statement: str) -> None:
    """Change rows behind the checks of the schema, as a source without them has it."""
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("pragma ignore_check_constraints = on")
        connection.exec_driver_sql(statement)
        connection.exec_driver_sql("pragma ignore_check_constraints = off")


def test_odd_values_do_not_stop_the_load_and_come_back(
    shop: Shop, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    for key in (2, 3):
        shop.add("customers", key)
    load(settings)
    before = content(settings)
    _spoil(
        shop,
        "update order_items set quantity = 'dois', net_amount = '9,00' where order_item_id = 11",
    )
    _spoil(shop, "update order_items set quantity = 2.5 where order_item_id = 12")
    _spoil(shop, "update order_items set gross_amount = 1e15 where order_item_id = 21")
    _spoil(shop, "update orders set order_date = '0000-00-00 00:00:00' where order_id = 1")
    _spoil(shop, "update orders set order_date = '0001-01-01 00:00:00' where order_id = 2")
    _spoil(
        shop,
        "update customers set birth_date = '31/12/1980', credit_score = 'x' where customer_id = 1",
    )
    run = load(settings)
    found = content(settings)
    items = found["order_items"]
    assert items["11"][REASON] == (
        "quantity: texto em vez de número decimal; net_amount: texto em vez de número decimal"
    )
    assert (items["11"]["quantity"], items["11"]["net_amount"]) == (None, None)
    assert (items["12"]["quantity"], items["12"][REASON]) == (Decimal("2.5"), None)
    assert items["21"][REASON] == "gross_amount: número fora do que a coluna comporta"
    assert items["22"] == before["order_items"]["22"]
    assert found["orders"]["1"][REASON] == "order_date: vazio"
    assert found["orders"]["2"]["order_date"] == datetime(1, 1, 1)
    assert found["orders"]["2"][REASON] is None
    assert found["customers"]["1"][REASON] is None
    assert found["customers"]["1"][ODD] == (
        "birth_date: data inválida; credit_score: texto em vez de número inteiro"
    )
    assert found["customers"]["1"]["full_name"] == before["customers"]["1"]["full_name"]
    assert "9,00" not in caplog.text
    months = rows(
        settings,
        "select month, source_value from audit.control_total"
        f" where run_id = '{run.run_id}' and entity = 'order_items' and measure = 'rows'",
    )
    assert {row["month"]: row["source_value"] for row in months} == {
        "": 2, "0001-01": 2, "2025-03": 2
    }  # fmt: skip
    assert load(settings).load_id is None
    shop.run("update order_items set quantity = 1, net_amount = 9 where order_item_id = 11")
    shop.run("update order_items set quantity = 1 where order_item_id = 12")
    shop.run("update order_items set gross_amount = 10 where order_item_id = 21")
    shop.run(f"update orders set order_date = '{BASE}' where order_id in (1, 2)")
    shop.run(
        "update customers set birth_date = '2025-03-01', credit_score = 1 where customer_id = 1"
    )
    load(settings)
    for name, landed in content(settings).items():
        for key, row in landed.items():
            assert row | {"_dlt_load_id": ""} == before[name][key] | {"_dlt_load_id": ""}


def test_null_where_a_value_is_required(shop: Shop, settings: Settings, tmp_path: Path) -> None:
    shop.run(
        "create table loose as select order_id, customer_id, updated_at, order_status, order_date,"
        " case when order_id > 1 then order_number end as order_number from orders"
    )
    mapping = tmp_path / "loose.yml"
    mapping.write_text(
        "description: orders without constraints\nentities:\n"
        + "".join(f"  {name}: absent\n" for name in ENTITIES if name != "orders")
        + "  orders: {table: loose, key: order_id, cursor: updated_at}\n"
    )
    settings = settings.model_copy(update={"source": str(mapping)})
    load(settings)
    found = content(settings)["orders"]
    assert found["1"][ODD] == "order_number: obrigatório, mas ausente"
    assert [found[key][REASON] for key in ("1", "2")] == [None, None]
    assert found["2"][ODD] is None
    shop.run("update loose set order_status = null")
    with pytest.raises(SchemaContractError, match="order_status: required, but null at key …"):
        load(settings)


@pytest.mark.parametrize("moment", ["9999-12-31 23:59:59", "0001-01-01 00:00:00", "0000-00-00"])
def test_time_of_change_that_is_none_hides_no_other_row(
    shop: Shop, settings: Settings, moment: str
) -> None:
    _spoil(shop, f"update orders set updated_at = '{moment}' where order_id = 1")
    run = load(settings)
    assert run.entities["orders"].watermark_after == BASE
    shop.add("orders", 8, BASE + DAY)
    _spoil(shop, "update orders set order_status = 'Enviado' where order_id = 1")
    assert load(settings).total("inserted") == 1
    load(settings, full=True)
    assert content(settings)["orders"]["1"]["order_status"] == "Enviado"


def test_rows_of_another_type_stop_the_load(
    shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(settings)
    before = content(settings)
    monkeypatch.setattr("loader.source.check.SAMPLE_ROWS", 1)
    monkeypatch.setattr("loader.source.read.RETYPED_READ", 4)
    _spoil(shop, "update order_items set quantity = 'x' where order_item_id in (12, 21, 22)")
    load(settings)
    _spoil(shop, "update order_items set quantity = 'x' where order_item_id > 11")
    with pytest.raises(SchemaContractError, match="quantity: expected a decimal number"):
        load(settings)
    assert content(settings)["order_items"]["32"] == before["order_items"]["32"]
