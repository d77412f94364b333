-- One row per order item whose sale this run computes again; none when fact_vendas is made anew.
{% set vendas = como_estava('fact_vendas') %}
{% set ultima = ultima_carga(vendas) %}

with

final as (

    {% if vendas %}
    select order_item_id
    from {{ ref('stg_oltp__order_items') }}
    where _dlt_load_id > {{ ultima }}

    union

    select itens.order_item_id
    from {{ ref('stg_oltp__order_items') }} as itens
    inner join {{ ref('stg_oltp__orders') }} as pedidos on itens.order_id = pedidos.order_id
    where pedidos._dlt_load_id > {{ ultima }}
    {%- for historico, membro in [
        ('dim_cliente_historico', 'cliente_id'),
        ('dim_produto_historico', 'produto_id'),
        ('dim_vendedor_historico', 'vendedor_id')
    ] %}

    union

    -- sales that fall in a version opened or corrected since
    select vendas.venda_original_id
    from {{ vendas }} as vendas
    inner join {{ ref(historico) }} as versoes
        on vendas.{{ membro }} = versoes.{{ membro }} and vendas.data_pedido >= versoes.valido_de
    where versoes._dlt_load_id > {{ ultima }}
    {%- endfor %}
    {% else %}
    select order_item_id
    from {{ ref('stg_oltp__order_items') }}
    where 1 = 0
    {% endif %}

)

select * from final
