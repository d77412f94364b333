-- One row per entity × month × reason: what staging holds. No reason: the row must be in its fact.
{% set nada = "cast(0 as decimal(38, 4))" %}
{% set nulo = "cast(0 as decimal(18, 4))" %}
{% set medidas = [
    'quantidade', 'valor_bruto', 'valor_descontos', 'valor_liquido', 'valor_custo', 'preco_unitario',
    'quantidade_devolvida', 'valor_devolvido', 'valor_comissao'
] %}

with

pedidos as (

    select
        order_id,
        coalesce(year(order_date) * 100 + month(order_date), 0) as mes,
        {% set motivo -%}
        case
            when quarantine_reason is not null then {{ literal('pedido em quarentena') }}
            when deleted_at is not null then {{ literal('pedido excluído') }}
        end
        {%- endset %}
        {{ texto(motivo, 60) }} as motivo,
        case when order_status in {{ status_de_venda() }} then 1 else 0 end as eh_venda
    from {{ ref('stg_oltp__orders') }}

),

itens as (

    select
        itens_landed.order_item_id,
        itens_landed.quantity,
        itens_landed.gross_amount,
        itens_landed.discount_amount,
        itens_landed.net_amount,
        itens_landed.cost_amount,
        itens_landed.unit_price,
        itens_landed.return_quantity,
        itens_landed.returned_amount,
        itens_landed.commission_amount,
        coalesce(pedidos.mes, 0) as mes,
        {% set motivo -%}
        case
            when itens_landed.quarantine_reason is not null
                then {{ literal('item em quarentena') }}
            when itens_landed.deleted_at is not null then {{ literal('item excluído') }}
            when pedidos.order_id is null then {{ literal('pedido ausente') }}
            when pedidos.motivo is not null then pedidos.motivo
            when pedidos.eh_venda = 0 then {{ literal('pedido que não é venda') }}
        end
        {%- endset %}
        {{ texto(motivo, 60) }} as motivo
    from {{ ref('stg_oltp__order_items') }} as itens_landed
    left join pedidos on itens_landed.order_id = pedidos.order_id

),

linhas as (

    -- items and sales
    select
        'order_items' as entidade,
        mes,
        motivo,
        {{ chave('order_item_id') }} as chave,
        cast(quantity as decimal(38, 4)) as quantidade,
        gross_amount as valor_bruto,
        discount_amount as valor_descontos,
        net_amount as valor_liquido,
        cost_amount as valor_custo,
        unit_price as preco_unitario,
        cast(return_quantity as decimal(38, 4)) as quantidade_devolvida,
        returned_amount as valor_devolvido,
        commission_amount as valor_comissao
    from itens

    union all

    -- discount applications
    select
        'order_item_discounts' as entidade,
        coalesce(itens.mes, 0) as mes,
        {% set motivo -%}
        case
            when aplicacoes.quarantine_reason is not null
                then {{ literal('aplicação em quarentena') }}
            when aplicacoes.deleted_at is not null then {{ literal('aplicação excluída') }}
            when itens.order_item_id is null then {{ literal('item ausente') }}
            else itens.motivo
        end
        {%- endset %}
        {{ texto(motivo, 60) }} as motivo,
        {{ chave('aplicacoes.order_item_discount_id') }} as chave,
        {{ nada }} as quantidade,
        aplicacoes.base_amount as valor_bruto,
        aplicacoes.discount_amount as valor_descontos,
        aplicacoes.final_amount as valor_liquido,
        {{ nulo }} as valor_custo,
        {{ nulo }} as preco_unitario,
        {{ nada }} as quantidade_devolvida,
        {{ nulo }} as valor_devolvido,
        {{ nulo }} as valor_comissao
    -- the greater side first, as DuckDB joins what is written
    from itens
    right join {{ ref('stg_oltp__order_item_discounts') }} as aplicacoes  -- noqa: CV08
        on itens.order_item_id = aplicacoes.order_item_id

    union all

    -- orders
    select
        'orders' as entidade,
        mes,
        motivo,
        {{ chave('order_id') }} as chave,
        {{ nada }} as quantidade,
        {{ nulo }} as valor_bruto,
        {{ nulo }} as valor_descontos,
        {{ nulo }} as valor_liquido,
        {{ nulo }} as valor_custo,
        {{ nulo }} as preco_unitario,
        {{ nada }} as quantidade_devolvida,
        {{ nulo }} as valor_devolvido,
        {{ nulo }} as valor_comissao
    from pedidos

    union all

    -- targets
    select
        'seller_targets_monthly' as entidade,
        coalesce(year(target_month) * 100 + month(target_month), 0) as mes,
        {% set motivo -%}
        case
            when quarantine_reason is not null then {{ literal('meta em quarentena') }}
            when deleted_at is not null then {{ literal('meta excluída') }}
        end
        {%- endset %}
        {{ texto(motivo, 60) }} as motivo,
        {{ chave('seller_target_id') }} as chave,
        cast(target_quantity as decimal(38, 4)) as quantidade,
        {{ nulo }} as valor_bruto,
        {{ nulo }} as valor_descontos,
        target_amount as valor_liquido,
        {{ nulo }} as valor_custo,
        {{ nulo }} as preco_unitario,
        {{ nada }} as quantidade_devolvida,
        {{ nulo }} as valor_devolvido,
        {{ nulo }} as valor_comissao
    from {{ ref('stg_oltp__seller_targets_monthly') }}

),

final as (

    select
        {{ texto('entidade', 64) }} as entidade,
        cast(mes as int) as mes,
        motivo,
        {%- for medida in medidas %}
        cast(coalesce(sum({{ medida }}), 0) as decimal(38, 4)) as {{ medida }},
        {%- endfor %}
        cast(count(*) as bigint) as linhas,
        cast(sum(cast(chave as decimal(38, 0))) as decimal(38, 0)) as soma_chaves
    from linhas
    group by entidade, mes, motivo

)

select * from final
