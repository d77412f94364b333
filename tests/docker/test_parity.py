"""The comparison of two warehouses: it finds what differs, and tells no value."""

import duckdb
import pytest

from ci.parity import compare
from core.errors import MismatchError

ROWS = """
create schema dim; create schema fact; create schema staging; create schema audit;
create table dim.dim_cliente as
    select i as cliente_id, 'Maria ' || i as nome_cliente, 'load 1' as _dlt_load_id
    from range(3) t(i);
create table fact.fact_vendas as
    select i % 2 as venda_id, 10.50::decimal(18, 4) as valor_total_liquido from range(4) t(i);
create table staging._dlt_loads as select 1 as load_id;
create table audit.etl_run as select 1 as run_id;
create view staging.stg_oltp__orders as select 1 as order_id;
"""


@pytest.fixture
def pair() -> tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection]:
    """Two warehouses with the same rows, of which one never was on a server."""
    one, other = duckdb.connect(), duckdb.connect()
    for database in (one, other):
        database.execute(ROWS)
    # What each load, and each engine's idea of an exact number, may differ in.
    other.execute("update dim.dim_cliente set _dlt_load_id = 'load 2'")
    other.execute("alter table fact.fact_vendas alter valor_total_liquido type decimal(18, 2)")
    other.execute("insert into audit.etl_run values (2)")
    return one, other


Pair = tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection]


def test_equal_rows_are_equal_whatever_loaded_them(pair: Pair) -> None:
    assert compare(*pair) == 7


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            "update dim.dim_cliente set nome_cliente = 'Ana' where cliente_id = 1",
            "dim.dim_cliente: 1 rows only in DuckDB, 1 only in the other\n"
            "  cliente_id 1: nome_cliente",
        ),
        (
            "delete from dim.dim_cliente where cliente_id = 2",
            "dim.dim_cliente: 1 rows only in DuckDB, 0 only in the other\n"
            "  cliente_id 2: only in DuckDB",
        ),
        (
            "insert into dim.dim_cliente values (9, 'Ana', '')",
            "dim.dim_cliente: 0 rows only in DuckDB, 1 only in the other\n"
            "  cliente_id 9: only in the other",
        ),
        (
            "insert into fact.fact_vendas values (1, 10.50)",
            "fact.fact_vendas: 0 rows only in DuckDB, 1 only in the other\n"
            "  venda_id 1: only in the other",
        ),
        (
            "alter table fact.fact_vendas add column custo decimal(18, 4)",
            "fact.fact_vendas: columns only on one of them: custo",
        ),
        ("drop table fact.fact_vendas", "fact.fact_vendas: only on one of them"),
    ],
)
def test_any_difference_is_told_by_key_and_column(pair: Pair, change: str, told: str) -> None:
    pair[1].execute(change)
    with pytest.raises(MismatchError) as error:
        compare(*pair)
    assert str(error.value) == told
    assert "Ana" not in told
