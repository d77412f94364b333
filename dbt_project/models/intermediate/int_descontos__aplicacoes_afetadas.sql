-- One row per discount application that this run computes again; none when fact_descontos is made
-- anew. Applications of an affected item too, and those that were deleted or have moved.
{% set descontos = como_estava('fact_descontos') %}
{% set ultima = ultima_carga(descontos) %}

with

{% if descontos %}
itens as (

    select order_item_id
    from {{ ref('stg_oltp__order_items') }}
    where _dlt_load_id > {{ ultima }}

    union

    select itens.order_item_id
    from {{ ref('stg_oltp__order_items') }} as itens
    inner join {{ ref('stg_oltp__orders') }} as pedidos on itens.order_id = pedidos.order_id
    where pedidos._dlt_load_id > {{ ultima }}

    union

    select venda_original_id
    from {{ ref('fact_vendas') }}
    where _dlt_load_id > {{ ultima }}

),

{% endif %}
final as (

    select order_item_discount_id
    from {{ ref('stg_oltp__order_item_discounts') }}
    {%- if descontos %}
    where
        _dlt_load_id > {{ ultima }}
        or order_item_id in (select itens.order_item_id from itens)
    {%- else %}
    where 1 = 0
    {%- endif %}

)

select * from final
