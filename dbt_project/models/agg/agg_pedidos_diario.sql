-- One row per day of creation × region × seller × channel × status of its orders.
{{ config(
    unique_key=['data_id', 'regiao_id', 'vendedor_id', 'canal_venda', 'status_pedido'],
    incremental_predicates=[
        "data_id in (select data_id from intermediate.int_pedidos__dias_afetados)"
    ]
) }}

with

pedidos as (

    select
        data_id, regiao_id, vendedor_id, canal_venda, status_pedido, quantidade_itens,
        valor_total_liquido, _dlt_load_id
    from {{ ref('fact_pedidos') }}
    {%- if is_incremental() %}
    where data_id in (select dias.data_id from {{ ref('int_pedidos__dias_afetados') }} as dias)
    {%- endif %}

),

final as (

    select
        ---------- chaves
        data_id,
        regiao_id,
        vendedor_id,
        canal_venda,
        status_pedido,

        ---------- medidas
        cast(count(*) as bigint) as pedidos,
        cast(sum(quantidade_itens) as bigint) as quantidade_itens,
        cast(sum(valor_total_liquido) as decimal(38, 4)) as valor_total_liquido,
        -- the day's, so that it says no more than dias_tocados has compared
        max(max(_dlt_load_id)) over (partition by data_id) as _dlt_load_id

    from pedidos
    group by data_id, regiao_id, vendedor_id, canal_venda, status_pedido

)

select * from final
