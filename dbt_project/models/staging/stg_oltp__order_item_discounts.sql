-- One row per discount application the source has ever shown.
select
    ---------- ids
    order_item_discount_id,
    order_item_id,
    order_id,
    discount_id,

    ---------- attributes
    application_level,
    {{ parte_exata('base_amount', 'discount_amount', 'final_amount') }} as discount_amount,
    base_amount,
    {{ resto_exato('base_amount', 'discount_amount', 'final_amount') }} as final_amount,
    {{ ou_nulo('order_item_discounts', 'applied_at') }} as applied_at,
    approved,
    rejection_reason,

    ---------- state
    {{ motivo_quarentena('order_item_discounts') }} as quarantine_reason,
    {{ valores_anulados('order_item_discounts') }} as odd_values,
    {{ esta_viva('order_item_discounts') }} as is_live,
    created_at,
    updated_at,
    coalesce(deleted_at, _hard_deleted_at) as deleted_at,
    {{ carga_completa() }} as _dlt_load_id

from {{ source('staging', 'order_item_discounts') }}
