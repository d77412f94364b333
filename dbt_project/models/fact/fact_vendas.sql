-- One row per live order item of an order that counts as a sale.
{{ config(
    unique_key='venda_id',
    incremental_predicates=[
        "venda_original_id in (select order_item_id from intermediate.int_vendas__itens_afetados)"
    ]
) }}

with

clientes as (

    select cliente_versao_id, cliente_id, valido_de, valido_ate, _dlt_load_id
    from {{ ref('dim_cliente_historico') }}

),

produtos as (

    select produto_versao_id, produto_id, valido_de, valido_ate, _dlt_load_id
    from {{ ref('dim_produto_historico') }}

),

vendedores as (

    select vendedor_versao_id, vendedor_id, equipe_id, valido_de, valido_ate, _dlt_load_id
    from {{ ref('dim_vendedor_historico') }}

),

itens as (

    select
        order_item_id, order_id, item_number, product_id, seller_id, quantity, unit_price,
        gross_amount, discount_amount, net_amount, cost_amount, return_quantity,
        returned_amount, commission_percent, commission_amount, had_discount, _dlt_load_id
    from {{ ref('stg_oltp__order_items') }}
    where
        is_live = 1
    {%- if is_incremental() %}
        and order_item_id in (
            select afetados.order_item_id from {{ ref('int_vendas__itens_afetados') }} as afetados
        )
    {%- endif %}

),

pedidos as (

    select
        order_id, order_number, customer_id, seller_id, region_id, order_status, order_date,
        sales_channel, _dlt_load_id
    from {{ ref('stg_oltp__orders') }}
    where
        is_live = 1
        and order_status in {{ status_de_venda() }}
    {%- if is_incremental() %}
        and order_id in (select itens.order_id from itens)
    {%- endif %}

),

vendas as (

    select
        itens.*,
        pedidos.order_number,
        pedidos.order_status,
        pedidos.order_date,
        pedidos.sales_channel,
        {{ chave('itens.order_item_id') }} as venda_id,
        {{ chave('itens.order_id') }} as pedido_id,
        {{ chave('pedidos.customer_id') }} as cliente_id,
        {{ chave('itens.product_id') }} as produto_id,
        {{ chave('pedidos.region_id') }} as regiao_id,
        -- a marketplace has its sellers on the items
        {{ chave('coalesce(itens.seller_id, pedidos.seller_id)') }} as vendedor_id,
        pedidos._dlt_load_id as carga_pedido
    from itens
    inner join pedidos on itens.order_id = pedidos.order_id

),

final as (

    select
        ---------- chaves
        vendas.venda_id,
        {{ texto('vendas.order_item_id', 128) }} as venda_original_id,
        {{ data_id('vendas.order_date') }} as data_id,
        vendas.cliente_id,
        coalesce(clientes.cliente_versao_id, -1) as cliente_versao_id,
        vendas.produto_id,
        coalesce(produtos.produto_versao_id, -1) as produto_versao_id,
        vendas.regiao_id,
        vendas.vendedor_id,
        coalesce(vendedores.vendedor_versao_id, -1) as vendedor_versao_id,
        coalesce(vendedores.equipe_id, -1) as equipe_id,
        vendas.pedido_id,

        ---------- textos e datas
        {{ texto('vendas.order_number', 255) }} as numero_pedido,
        cast(vendas.item_number as int) as numero_item,
        {{ nao_informado('vendas.sales_channel', 255) }} as canal_venda,
        {{ texto('vendas.order_status', 255) }} as status_pedido,
        vendas.order_date as data_pedido,

        ---------- medidas
        vendas.quantity as quantidade_vendida,
        vendas.unit_price as preco_unitario_tabela,
        vendas.gross_amount as valor_total_bruto,
        vendas.discount_amount as valor_total_descontos,
        vendas.net_amount as valor_total_liquido,
        vendas.cost_amount as custo_total,
        cast(vendas.net_amount - vendas.cost_amount as decimal(18, 4)) as margem_bruta,
        vendas.return_quantity as quantidade_devolvida,
        vendas.returned_amount as valor_devolvido,
        vendas.commission_percent as percentual_comissao,
        vendas.commission_amount as valor_comissao,
        {{ booleano('vendas.discount_amount > 0') }} as teve_desconto,
        {{ texto(maior([
            'vendas._dlt_load_id',
            'vendas.carga_pedido',
            "coalesce(clientes._dlt_load_id, '')",
            "coalesce(produtos._dlt_load_id, '')",
            "coalesce(vendedores._dlt_load_id, '')"
        ]), 32) }} as _dlt_load_id

    from vendas
    left join clientes
        on
            vendas.cliente_id = clientes.cliente_id
            and vendas.order_date >= clientes.valido_de
            and vendas.order_date < clientes.valido_ate
    left join produtos
        on
            vendas.produto_id = produtos.produto_id
            and vendas.order_date >= produtos.valido_de
            and vendas.order_date < produtos.valido_ate
    left join vendedores
        on
            vendas.vendedor_id = vendedores.vendedor_id
            and vendas.order_date >= vendedores.valido_de
            and vendas.order_date < vendedores.valido_ate

)

select * from final
