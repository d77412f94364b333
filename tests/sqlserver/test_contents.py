"""What seals ask of SQL Server: its grammar takes it, and any value that changes shows in it."""

from decimal import Decimal

import pytest

from core.contents import NO_MONTH, Contents, as_contents
from core.contents_sql import SQLSERVER
from tests.sqlserver.parser import TOOL
from tests.sqlserver.server import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not TOOL.is_file(), reason=f"{TOOL} is not there (DW_SHARED_TOOLS)"),
]

TYPES = {
    "venda_id": "bigint",
    "data_id": "int",
    "status": "nvarchar(20)",
    "canal": "nvarchar(20)",
    "valor": "decimal(18, 4)",
    "eh_vip": "bit",
    "dia": "date",
    "quando": "datetime2(6)",
}
# By column, another value of the row that is changed.
CHANGES = {
    "venda_id": "3",
    "data_id": "20250132",
    "status": "N'Pag'",
    "canal": "null",
    "valor": "10.0001",
    "eh_vip": "0",
    "dia": "'2025-02-01'",
    "quando": "'2025-01-31 10:30:00.000001'",
}


@pytest.fixture
def server() -> Server:
    server = Server()
    columns = ", ".join(f"[{name}] {type_} null" for name, type_ in TYPES.items())
    for batch in (
        "create schema fact",
        f"create table fact.t ({columns})",
        "insert into fact.t values"
        " (1, 20250131, N'Pago', N'', 10.0000, 1, '2025-01-31', '2025-01-31 10:30:00'),"
        " (2, 20250228, N'Pago', N'Site', 0.0100, 0, '2025-02-28', null),"
        " (9, null, null, null, null, null, null, null)",
    ):
        list(server.run(batch))
    return server


def contents(server: Server, columns: list[str] | None = None, where: str = "") -> Contents:
    chosen = columns or list(TYPES)
    statement = SQLSERVER.statement("fact.t", TYPES, chosen, where)
    (result,) = server.run(statement)
    return as_contents(chosen, result.fetchall())


def test_each_month_has_its_rows_and_sums(server: Server) -> None:
    found = contents(server)
    assert {month: content.rows for month, content in found.items()} == {
        NO_MONTH: 1, 202501: 1, 202502: 1,
    }  # fmt: skip
    assert found[202501].sums == {
        "venda_id": 1,
        "data_id": 20250131,
        "valor": Decimal("10"),
        "eh_vip": 1,
        "dia": 1738281600,
        "quando": 1738319400,
    }
    assert found[NO_MONTH].sums == {"venda_id": 9}
    assert contents(server, ["valor"], "data_id between 20250200 and 20250299").keys() == {202502}


@pytest.mark.parametrize(("column", "value"), CHANGES.items())
def test_one_value_more_or_less_shows_in_its_month_alone(
    server: Server, column: str, value: str
) -> None:
    before = contents(server)
    list(server.run(f"update fact.t set [{column}] = {value} where [venda_id] = 1"))
    after = contents(server)
    assert {month for month in before if before[month] != after[month]} == {202501}
    assert before[202501].hash != after[202501].hash


def test_values_that_trade_places_show(server: Server) -> None:
    before = contents(server)
    list(server.run("update fact.t set [status] = [canal], [canal] = [status]"
                    " where [venda_id] = 1"))  # fmt: skip
    assert contents(server)[202501].hash != before[202501].hash
