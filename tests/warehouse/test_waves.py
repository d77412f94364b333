"""The marts equal the source after the base load and after each wave, however they were built."""

import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from tests.conftest import Pipeline, money

# What waves do not do: names that marts show change, and items move to the next order.
_LATER = "updated_at = (select datetime(max(updated_at), '+1 minute') || '.000000' from orders)"
CHANGES = (
    f"update products set category_name = 'Outra', {_LATER} where product_id % 9 = 1",
    f"update teams set team_name = 'Outra', {_LATER} where team_id = 2",
    f"update regions set state = 'XX', {_LATER} where region_id % 5 = 1",
    f"update discount_campaigns set campaign_name = 'Outra', {_LATER} where discount_id % 7 = 1",
    f"update order_items set order_id = order_id + 1, item_number = item_number + 50, {_LATER}"
    " where order_item_id % 40 = 3 and order_id + 1 in (select order_id from orders)",
)
SALES = "('Pago', 'Faturado', 'Enviado', 'Entregue', 'Devolvido')"
# Written on the source alone, by hand, to share nothing with the models.
VENDAS = f"""
    select
        count(*), sum(i.quantity), sum(cast(round(i.gross_amount * 100) as integer)),
        sum(cast(round(i.discount_amount * 100) as integer)),
        sum(cast(round(i.net_amount * 100) as integer)),
        sum(cast(round(i.cost_amount * 100) as integer)), sum(i.return_quantity),
        count(distinct o.order_id), count(distinct o.customer_id)
    from order_items i join orders o on o.order_id = i.order_id
    where i.deleted_at is null and o.deleted_at is null and o.order_status in {SALES}
"""
FACT_VENDAS = """
    select
        count(*), sum(quantidade_vendida), cast(sum(valor_total_bruto) * 100 as bigint),
        cast(sum(valor_total_descontos) * 100 as bigint),
        cast(sum(valor_total_liquido) * 100 as bigint), cast(sum(custo_total) * 100 as bigint),
        sum(quantidade_devolvida), count(distinct pedido_id), count(distinct cliente_id)
    from fact.fact_vendas
"""
DESCONTOS = f"""
    select
        count(*), sum(cast(round(d.discount_amount * 100) as integer)),
        sum(cast(round(d.final_amount * 100) as integer)), sum(d.approved)
    from order_item_discounts d
    join order_items i on i.order_item_id = d.order_item_id
    join orders o on o.order_id = i.order_id
    where d.deleted_at is null and i.deleted_at is null and o.deleted_at is null
        and o.order_status in {SALES}
"""
FACT_DESCONTOS = """
    select
        count(*), cast(sum(valor_desconto_aplicado) * 100 as bigint),
        cast(sum(valor_com_desconto) * 100 as bigint),
        sum(case when desconto_aprovado then 1 else 0 end)
    from fact.fact_descontos
"""
PEDIDOS = """
    select o.order_status, count(*), sum(n), sum(cents)
    from orders o left join (
        select order_id, count(*) n, sum(cast(round(net_amount * 100) as integer)) cents
        from order_items where deleted_at is null group by order_id
    ) i on i.order_id = o.order_id
    where o.deleted_at is null group by o.order_status order by o.order_status
"""
FACT_PEDIDOS = """
    select status_pedido, count(*), sum(quantidade_itens),
        cast(sum(valor_total_liquido) * 100 as bigint)
    from fact.fact_pedidos group by status_pedido order by status_pedido
"""
# The target's own period: one, three or twelve months from target_month.
METAS = f"""
    select
        t.seller_target_id,
        cast(coalesce(sum(cast(round(v.net_amount * 100) as integer)), 0) as integer)
    from seller_targets_monthly t
    left join (
        select coalesce(i.seller_id, o.seller_id) seller_id, o.order_date, i.net_amount
        from order_items i join orders o on o.order_id = i.order_id
        where i.deleted_at is null and o.deleted_at is null and o.order_status in {SALES}
    ) v on v.seller_id = t.seller_id and date(v.order_date) >= date(t.target_month)
        and date(v.order_date) < date(t.target_month, case t.period_type
            when 'Mensal' then '+1 month' when 'Trimestral' then '+3 month' else '+12 month' end)
    where t.deleted_at is null
    group by t.seller_target_id order by t.seller_target_id
"""
FACT_METAS = """
    select cast(meta_original_id as bigint), cast(valor_realizado * 100 as bigint)
    from fact.fact_metas order by 1
"""


def assert_marts_equal_source(company: Pipeline) -> None:
    for source, mart in [
        (VENDAS, FACT_VENDAS),
        (DESCONTOS, FACT_DESCONTOS),
        (PEDIDOS, FACT_PEDIDOS),
        (METAS, FACT_METAS),
    ]:
        assert [tuple(row) for row in company.source(source)] == company.warehouse(mart)
    for table, dim in [
        ("customers", "dim_cliente"),
        ("products", "dim_produto"),
        ("sellers", "dim_vendedor"),
        ("regions", "dim_regiao"),
        ("teams", "dim_equipe"),
        ("discount_campaigns", "dim_desconto"),
    ]:
        ((rows,),) = company.source(f"select count(*) from {table}")
        assert company.warehouse(f"select count(*) from dim.{dim}") == [(rows + 1,)]


@pytest.mark.slow
def test_marts_equal_the_source_after_the_base_load(first_day: Path) -> None:
    company = Pipeline(first_day)
    assert_marts_equal_source(company)
    ((revenue,),) = company.warehouse("select sum(valor_total_liquido) from mart.dash_vendas")
    ((cents,),) = [row[4:5] for row in company.source(VENDAS)]
    assert revenue == Decimal(cents) / 100 > money(0)


@pytest.mark.slow
def test_a_second_run_changes_no_row(second_day: Pipeline) -> None:
    company = second_day
    staging = "select max(_dlt_load_id), count(*) from staging.order_items"
    before, landed = company.content(), company.warehouse(staging)
    company.load()
    company.build()
    assert company.content() == before
    assert company.warehouse(staging) == landed


@pytest.mark.parametrize(
    "waves", [pytest.param(2, marks=pytest.mark.slow), pytest.param(5, marks=pytest.mark.long)]
)
def test_marts_equal_the_source_after_each_wave_and_a_rebuild(
    second_day: Pipeline, waves: int
) -> None:
    company = second_day
    for number in range(1, waves + 1):
        company.wave(number)
        company.load()
        company.build()
        assert_marts_equal_source(company)
    with sqlite3.connect(company.folder / "oltp.sqlite") as database:
        for change in CHANGES:
            database.execute(change)
    company.load()
    company.build()
    assert_marts_equal_source(company)
    incremental = company.content()
    moved = company.warehouse("select count(*) from dim.dim_vendedor_historico where versao > 1")
    assert moved[0][0] > 0, "the waves moved no seller: the rebuild would prove nothing"
    company.build("--full-refresh")
    assert company.content() == incremental
