-- One row per day × seller × team. Orders are counted here once, since an order has one day.
{{ config(
    unique_key=['data_id', 'vendedor_id', 'equipe_id'],
    incremental_predicates=[
        "data_id in (select data_id from intermediate.int_vendas__dias_afetados)"
    ]
) }}

with

vendas as (

    select
        data_id, vendedor_id, equipe_id, pedido_id, quantidade_vendida, valor_total_liquido,
        _dlt_load_id
    from {{ ref('fact_vendas') }}
    {%- if is_incremental() %}
    where data_id in (select dias.data_id from {{ ref('int_vendas__dias_afetados') }} as dias)
    {%- endif %}

),

final as (

    select
        ---------- chaves
        data_id,
        vendedor_id,
        equipe_id,

        ---------- medidas
        cast(count(*) as bigint) as linhas,
        cast(count(distinct pedido_id) as bigint) as pedidos,
        cast(sum(quantidade_vendida) as decimal(38, 4)) as quantidade_vendida,
        cast(sum(valor_total_liquido) as decimal(38, 4)) as valor_total_liquido,
        max(_dlt_load_id) as _dlt_load_id

    from vendas
    group by data_id, vendedor_id, equipe_id

)

select * from final
