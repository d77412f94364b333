"""What dlt and dbt send to SQL Server, and in which order."""

import re

import pytest

from core.contract.entities import ENTITIES
from tests.sqlserver.conftest import Recorded

pytestmark = pytest.mark.slow


def first(recorded: Recorded, pattern: str) -> int:
    """The position of the first batch that a pattern is found in."""
    found = re.compile(pattern, re.IGNORECASE | re.DOTALL)
    return next(i for i, batch in enumerate(recorded.batches) if found.search(batch))


def test_failures_inside_a_batch_are_heard_of(server: Recorded) -> None:
    # Before any other statement of a connection of the loader's.
    assert server.batches[0] == "SET NOCOUNT ON; SET XACT_ABORT ON"


def test_the_warehouse_is_locked_before_it_is_touched(server: Recorded) -> None:
    assert first(server, "sp_getapplock @Resource = 'dw'") < first(server, "_dlt_pipeline_state")


def test_a_load_creates_inserts_deletes_and_inserts(server: Recorded) -> None:
    created = first(server, r'create table "staging"\."orders"')
    landed = first(server, r'insert into "staging_staging"\."orders"')
    merged = first(server, r'delete from "staging"\."orders" where exists')
    proved = first(server, r"hashbytes\('MD5'.*from staging\.orders")
    assert created < landed < merged < proved


def test_landed_texts_have_lengths_and_money_is_exact(server: Recorded) -> None:
    created = server.batches[first(server, r'create table "staging"\."order_items"')]
    for column in ENTITIES["order_items"].columns:
        if column.length:
            assert f'"{column.name}" nvarchar({column.length})' in created
    assert '"net_amount" decimal(18,4)' in created
    assert '"had_discount" bit' in created
    assert re.search(r'"updated_at" datetime2', created)


def test_facts_and_aggregates_are_columnstore_and_dimensions_have_a_unique_index(
    server: Recorded,
) -> None:
    batches = "\n".join(server.batches).lower()
    for table in ("fact_vendas", "agg_vendas_diario", "dash_vendas"):
        assert re.search(rf'create clustered columnstore index \w+\s+on "\w+"\."?{table}', batches)
    assert "create unique clustered index dim_cliente_cliente_id" in batches
    assert not re.search(r'columnstore index \w+\s+on "dim"', batches)


def test_a_second_build_merges_and_deletes_in_one_statement(server: Recorded) -> None:
    merge = server.batches[first(server, r'merge into \S+"fact_vendas"')]
    assert "when matched and DBT_INTERNAL_SOURCE.sai = 1 then delete" in merge
    assert merge.rstrip().endswith(";")


def test_readers_get_marts_and_masked_customers(server: Recorded) -> None:
    batches = "\n".join(server.batches).lower()
    granted = set(re.findall(r'grant select on "\w+"\."(\w+)"\."\w+" to \[bi_reader\]', batches))
    assert granted == {"dim", "fact", "agg", "mart"}
    masked = set(re.findall(r"alter column \[(\w+)\] add masked", batches))
    assert masked == {
        "nome_cliente", "cpf_cnpj", "email", "telefone", "data_nascimento", "endereco", "bairro",
        "cep", "codigo_cliente", "genero",
    }  # fmt: skip


def test_no_key_and_no_mart_has_a_text_without_a_length(server: Recorded) -> None:
    for batch in server.batches:
        if "INSERT INTO" in batch and "__dbt_tmp_vw" in batch:
            assert "(max)" not in batch.lower()
