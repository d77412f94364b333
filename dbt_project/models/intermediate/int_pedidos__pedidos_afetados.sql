-- One row per order that this run computes again; none when fact_pedidos is made anew.
{% set pedidos = como_estava('fact_pedidos') %}
{% set ultima = ultima_carga(pedidos) %}

with

{% if pedidos %}
itens_por_pedido as (

    select
        order_id,
        count(*) as linhas
    from {{ ref('stg_oltp__order_items') }}
    group by order_id

),

{% endif %}
final as (

    {% if pedidos %}
    select order_id
    from {{ ref('stg_oltp__orders') }}
    where _dlt_load_id > {{ ultima }}

    union

    select order_id
    from {{ ref('stg_oltp__order_items') }}
    where _dlt_load_id > {{ ultima }}

    union

    -- orders that an item has left: it is landed as the new order's
    select antes.pedido_original_id
    from {{ pedidos }} as antes
    left join itens_por_pedido as agora on antes.pedido_original_id = agora.order_id
    where antes._linhas_itens <> coalesce(agora.linhas, 0)
    {% else %}
    select order_id
    from {{ ref('stg_oltp__orders') }}
    where 1 = 0
    {% endif %}

)

select * from final
