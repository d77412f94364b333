-- One row per entity × month × portion: what staging holds, what the mart holds, and each reason
-- for which rows of staging are not in the mart. Staging is the sum of the others, exactly.
{% set nulo = "cast(0 as decimal(38, 4))" %}
{% set medidas = ['quantidade', 'valor_bruto', 'valor_descontos', 'valor_liquido', 'valor_custo'] %}

with

pedidos as (

    select
        order_id, order_status, order_date, quarantine_reason, deleted_at,
        coalesce(year(order_date) * 100 + month(order_date), 0) as mes
    from {{ ref('stg_oltp__orders') }}

),

itens as (

    select
        itens_landed.*,
        coalesce(pedidos.mes, 0) as mes,
        {% set motivo -%}
        case
            when itens_landed.quarantine_reason is not null
                then {{ literal('item em quarentena') }}
            when itens_landed.deleted_at is not null then {{ literal('item excluído') }}
            when pedidos.order_id is null then {{ literal('pedido ausente') }}
            when pedidos.quarantine_reason is not null
                then {{ literal('pedido em quarentena') }}
            when pedidos.deleted_at is not null then {{ literal('pedido excluído') }}
            when pedidos.order_status not in {{ status_de_venda() }}
                then {{ literal('pedido que não é venda') }}
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
        cast(gross_amount as decimal(38, 4)) as valor_bruto,
        cast(discount_amount as decimal(38, 4)) as valor_descontos,
        cast(net_amount as decimal(38, 4)) as valor_liquido,
        cast(cost_amount as decimal(38, 4)) as valor_custo
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
        {{ nulo }} as quantidade,
        cast(aplicacoes.base_amount as decimal(38, 4)) as valor_bruto,
        cast(aplicacoes.discount_amount as decimal(38, 4)) as valor_descontos,
        cast(aplicacoes.final_amount as decimal(38, 4)) as valor_liquido,
        {{ nulo }} as valor_custo
    from {{ ref('stg_oltp__order_item_discounts') }} as aplicacoes
    left join itens on aplicacoes.order_item_id = itens.order_item_id

    union all

    -- orders
    select
        'orders' as entidade,
        mes,
        {% set motivo -%}
        case
            when quarantine_reason is not null then {{ literal('pedido em quarentena') }}
            when deleted_at is not null then {{ literal('pedido excluído') }}
        end
        {%- endset %}
        {{ texto(motivo, 60) }} as motivo,
        {{ chave('order_id') }} as chave,
        {{ nulo }} as quantidade,
        {{ nulo }} as valor_bruto,
        {{ nulo }} as valor_descontos,
        {{ nulo }} as valor_liquido,
        {{ nulo }} as valor_custo
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
        cast(target_amount as decimal(38, 4)) as valor_liquido,
        {{ nulo }} as valor_custo
    from {{ ref('stg_oltp__seller_targets_monthly') }}

),

marts as (

    select
        'order_items' as entidade,
        data_id,
        venda_id as chave,
        cast(quantidade_vendida as decimal(38, 4)) as quantidade,
        cast(valor_total_bruto as decimal(38, 4)) as valor_bruto,
        cast(valor_total_descontos as decimal(38, 4)) as valor_descontos,
        cast(valor_total_liquido as decimal(38, 4)) as valor_liquido,
        cast(custo_total as decimal(38, 4)) as valor_custo
    from {{ ref('fact_vendas') }}

    union all

    select
        'order_item_discounts' as entidade,
        data_id,
        aplicacao_id as chave,
        {{ nulo }} as quantidade,
        cast(valor_sem_desconto as decimal(38, 4)) as valor_bruto,
        cast(valor_desconto_aplicado as decimal(38, 4)) as valor_descontos,
        cast(valor_com_desconto as decimal(38, 4)) as valor_liquido,
        {{ nulo }} as valor_custo
    from {{ ref('fact_descontos') }}

    union all

    select
        'orders' as entidade,
        data_id,
        pedido_id as chave,
        {{ nulo }} as quantidade,
        {{ nulo }} as valor_bruto,
        {{ nulo }} as valor_descontos,
        {{ nulo }} as valor_liquido,
        {{ nulo }} as valor_custo
    from {{ ref('fact_pedidos') }}

    union all

    select
        'seller_targets_monthly' as entidade,
        data_id,
        meta_id as chave,
        cast(quantidade_meta as decimal(38, 4)) as quantidade,
        {{ nulo }} as valor_bruto,
        {{ nulo }} as valor_descontos,
        cast(valor_meta as decimal(38, 4)) as valor_liquido,
        {{ nulo }} as valor_custo
    from {{ ref('fact_metas') }}

),

parcelas as (

    {%- for origem, parcela, mes, onde in [
        ('linhas', "'staging'", 'mes', '1 = 1'),
        ('linhas', 'motivo', 'mes', 'motivo is not null'),
        ('marts', "'mart'", 'cast(floor(data_id / 100.0) as int)', '1 = 1')
    ] %}

    select
        entidade,
        {{ mes }} as mes,
        {{ texto(parcela, 60) }} as parcela,
        chave,
        {{ medidas | join(', ') }}
    from {{ origem }}
    where {{ onde }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

final as (

    select
        {{ texto('entidade', 64) }} as entidade,
        cast(mes as int) as mes,
        parcela,
        {%- for medida in medidas %}
        cast(coalesce(sum({{ medida }}), 0) as decimal(38, 4)) as {{ medida }},
        {%- endfor %}
        cast(count(*) as bigint) as linhas,
        cast(sum(cast(chave as decimal(38, 0))) as decimal(38, 0)) as soma_chaves
    from parcelas
    group by entidade, mes, parcela

)

select * from final
