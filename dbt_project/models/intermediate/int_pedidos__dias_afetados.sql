-- One row per day of which an aggregate of orders is computed again, since it is not what
-- fact_pedidos says of the day. An aggregate that is made anew asks for none.
with

pedidos as (

    select
        data_id,
        count(*) as linhas,
        max(_dlt_load_id) as carga,
        sum(quantidade_itens) as quantidade_itens,
        sum(valor_total_liquido) as valor_total_liquido
    from {{ ref('fact_pedidos') }}
    group by data_id

),

final as (

    -- An item that leaves an order for another takes its load along: values are compared too.
    {{ dias_tocados(
        'pedidos', 'agg_pedidos_diario', linhas='sum(pedidos)',
        somas=['quantidade_itens', 'valor_total_liquido']
    ) }}

    union

    {{ dias_tocados('pedidos', 'agg_fases_diario', linhas='max(pedidos)') }}

)

select * from final
