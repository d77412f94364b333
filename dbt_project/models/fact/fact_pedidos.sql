-- One row per order, cancelled ones included, with the moments of its life.
{{ config(
    unique_key='pedido_id',
    incremental_predicates=[
        "pedido_original_id in (select order_id from intermediate.int_pedidos__pedidos_afetados)"
    ]
) }}

with

pedidos as (

    select
        order_id, order_number, customer_id, seller_id, region_id, order_status, payment_status,
        order_date, approved_at, shipped_at, delivered_at, canceled_at, sales_channel,
        _dlt_load_id
    from {{ ref('stg_oltp__orders') }}
    where is_live = 1

),

itens as (

    -- Deleted items too: they tell in which load the order's values changed.
    select
        order_id,
        count(*) as linhas,
        sum(is_live) as quantidade_itens,
        sum(case when is_live = 1 then gross_amount else 0 end) as valor_total_bruto,
        sum(case when is_live = 1 then discount_amount else 0 end) as valor_total_descontos,
        sum(case when is_live = 1 then net_amount else 0 end) as valor_total_liquido,
        max(_dlt_load_id) as _dlt_load_id
    from {{ ref('stg_oltp__order_items') }}
    {%- if is_incremental() %}
    where
        order_id in (
            select afetados.order_id from {{ ref('int_pedidos__pedidos_afetados') }} as afetados
        )
    {%- endif %}
    group by order_id

),

fases as (

    select
        pedidos.*,
        case
            when order_status = 'Pendente' then 'Criado'
            when order_status in ('Pago', 'Faturado') then 'Aprovado'
            when order_status = 'Enviado' then 'Enviado'
            when order_status = 'Cancelado' then 'Cancelado'
            else 'Entregue'
        end as fase_atual
    from pedidos
    {%- if is_incremental() %}
    where
        order_id in (
            select afetados.order_id from {{ ref('int_pedidos__pedidos_afetados') }} as afetados
        )
    {%- endif %}

),

final as (

    select
        ---------- chaves
        {{ chave('fases.order_id') }} as pedido_id,
        {{ texto('fases.order_id', 128) }} as pedido_original_id,
        {{ data_id('fases.order_date') }} as data_id,
        {{ data_id('fases.approved_at') }} as data_aprovado_id,
        {{ data_id('fases.shipped_at') }} as data_enviado_id,
        {{ data_id('fases.delivered_at') }} as data_entregue_id,
        {{ data_id('fases.canceled_at') }} as data_cancelado_id,
        {{ chave('fases.customer_id') }} as cliente_id,
        {{ chave('fases.seller_id') }} as vendedor_id,
        {{ chave('fases.region_id') }} as regiao_id,

        ---------- textos
        {{ texto('fases.order_number', 255) }} as numero_pedido,
        {{ nao_informado('fases.sales_channel', 255) }} as canal_venda,
        {{ texto('fases.order_status', 255) }} as status_pedido,
        {{ nao_informado('fases.payment_status', 255) }} as status_pagamento,
        {{ texto('fases.fase_atual', 20) }} as fase_atual,
        {{ booleano("fases.fase_atual in ('Criado', 'Aprovado', 'Enviado')") }} as eh_aberto,

        ---------- momentos
        fases.order_date as criado_em,
        fases.approved_at as aprovado_em,
        fases.shipped_at as enviado_em,
        fases.delivered_at as entregue_em,
        fases.canceled_at as cancelado_em,

        ---------- duração das fases
        {%- for fase, inicio, fim in [
            ('aprovado', 'order_date', 'approved_at'),
            ('enviado', 'approved_at', 'shipped_at'),
            ('entregue', 'shipped_at', 'delivered_at'),
            ('total', 'order_date', 'delivered_at'),
            ('cancelado', 'order_date', 'canceled_at')
        ] %}
        case
            when fases.{{ fim }} >= fases.{{ inicio }}
                then {{ horas('fases.' ~ inicio, 'fases.' ~ fim) }}
        end as duracao_{{ fase }}_horas,
        {%- endfor %}

        ---------- valores
        cast(coalesce(itens.quantidade_itens, 0) as int) as quantidade_itens,
        cast(coalesce(itens.valor_total_bruto, 0) as decimal(38, 4)) as valor_total_bruto,
        cast(coalesce(itens.valor_total_descontos, 0) as decimal(38, 4)) as valor_total_descontos,
        cast(coalesce(itens.valor_total_liquido, 0) as decimal(38, 4)) as valor_total_liquido,
        {{ texto(maior(['fases._dlt_load_id', "coalesce(itens._dlt_load_id, '')"]), 32) }}
            as _dlt_load_id,
        cast(coalesce(itens.linhas, 0) as int) as _linhas_itens

    from fases
    left join itens on fases.order_id = itens.order_id

)

select * from final
