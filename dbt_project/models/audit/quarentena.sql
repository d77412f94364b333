-- One row per landed row that cannot be believed, with the reason; gone once the source mends it.
with

final as (

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
    where quarantine_reason is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select * from final
