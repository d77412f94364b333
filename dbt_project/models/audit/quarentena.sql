-- One row per landed row that cannot be believed, with the reason; gone once the source mends it.
with

pedidos as (

    -- the revenue of what is no sale is 0; a status that nobody knows may be one
    select
        order_id,
        cast(year(order_date) * 100 + month(order_date) as int) as ano_mes,
        case when order_status in ('Pendente', 'Cancelado') then 0 else 1 end as conta
    from {{ ref('stg_oltp__orders') }}
    where deleted_at is null

),

itens as (

    select
        itens.order_item_id,
        itens.order_id,
        itens.quarantine_reason,
        pedidos.ano_mes,
        cast(itens.net_amount * coalesce(pedidos.conta, 1) as decimal(38, 4)) as valor
    from {{ ref('stg_oltp__order_items') }} as itens
    left join pedidos on itens.order_id = pedidos.order_id
    where itens.deleted_at is null

),

valores as (

    -- with an order wait its items, but for those that wait by themselves
    select
        {{ texto(literal('orders'), 64) }} as entidade,
        pedidos.order_id as chave,
        pedidos.ano_mes,
        cast(coalesce(sum(itens.valor), 0) as decimal(38, 4)) as valor
    from pedidos
    left join itens
        on pedidos.order_id = itens.order_id and itens.quarantine_reason is null
    group by pedidos.order_id, pedidos.ano_mes

    union all

    select
        {{ texto(literal('order_items'), 64) }} as entidade,
        order_item_id as chave,
        ano_mes,
        valor
    from itens

),

em_espera as (

    {%- for entidade, chave_da_entidade in [
        ('regions', 'region_id'),
        ('teams', 'team_id'),
        ('suppliers', 'supplier_id'),
        ('customers', 'customer_id'),
        ('products', 'product_id'),
        ('sellers', 'seller_id'),
        ('discount_campaigns', 'discount_id'),
        ('orders', 'order_id'),
        ('order_items', 'order_item_id'),
        ('order_item_discounts', 'order_item_discount_id'),
        ('seller_targets_monthly', 'seller_target_id')
    ] %}

    select
        {{ texto(literal(entidade), 64) }} as entidade,
        {{ texto(chave_da_entidade, 128) }} as chave,
        quarantine_reason as motivo,
        updated_at as atualizado_em,
        _dlt_load_id
    from {{ ref('stg_oltp__' ~ entidade) }}
    where quarantine_reason is not null and deleted_at is null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

final as (

    select
        em_espera.entidade,
        em_espera.chave,
        em_espera.motivo,
        valores.ano_mes,
        valores.valor as valor_em_espera,
        em_espera.atualizado_em,
        em_espera._dlt_load_id
    from em_espera
    left join valores
        on em_espera.entidade = valores.entidade and em_espera.chave = valores.chave

)

select * from final
