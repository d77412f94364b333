-- One row per day × channel: returns, cancellations and rejected discounts.
{{ config(unique_key=['data_id', 'canal_venda'], incremental_predicates=['1 = 1']) }}

with

vendas as (

    select
        data_id,
        canal_venda,
        sum(quantidade_vendida) as quantidade_vendida,
        sum(quantidade_devolvida) as quantidade_devolvida,
        sum(valor_devolvido) as valor_devolvido,
        max(_dlt_load_id) as _dlt_load_id
    from {{ ref('agg_vendas_diario') }}
    group by data_id, canal_venda

),

pedidos as (

    select
        data_id,
        canal_venda,
        sum(pedidos) as pedidos,
        sum(case when status_pedido = 'Cancelado' then pedidos else 0 end) as pedidos_cancelados,
        max(_dlt_load_id) as _dlt_load_id
    from {{ ref('agg_pedidos_diario') }}
    group by data_id, canal_venda

),

descontos as (

    select
        data_id,
        canal_venda,
        count(*) as descontos_aplicados,
        sum(case when {{ eh('desconto_aprovado') }} then 0 else 1 end) as descontos_rejeitados,
        max(_dlt_load_id) as _dlt_load_id
    from {{ ref('fact_descontos') }}
    group by data_id, canal_venda

),

final as (

    -- Every sale and every discount belongs to an order of the same day and channel.
    select
        ---------- chaves
        pedidos.data_id,
        pedidos.canal_venda,

        ---------- medidas
        cast(pedidos.pedidos as bigint) as pedidos,
        cast(pedidos.pedidos_cancelados as bigint) as pedidos_cancelados,
        cast(coalesce(vendas.quantidade_vendida, 0) as decimal(38, 4)) as quantidade_vendida,
        cast(vendas.quantidade_devolvida as decimal(38, 4)) as quantidade_devolvida,
        cast(vendas.valor_devolvido as decimal(38, 4)) as valor_devolvido,
        cast(coalesce(descontos.descontos_aplicados, 0) as bigint) as descontos_aplicados,
        cast(coalesce(descontos.descontos_rejeitados, 0) as bigint) as descontos_rejeitados,
        {{ texto(maior([
            'pedidos._dlt_load_id',
            "coalesce(vendas._dlt_load_id, '')",
            "coalesce(descontos._dlt_load_id, '')"
        ]), 32) }} as _dlt_load_id

    from pedidos
    left join vendas
        on pedidos.data_id = vendas.data_id and pedidos.canal_venda = vendas.canal_venda
    left join descontos
        on pedidos.data_id = descontos.data_id and pedidos.canal_venda = descontos.canal_venda

)

select * from final
