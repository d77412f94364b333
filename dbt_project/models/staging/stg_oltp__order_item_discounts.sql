-- One row per discount application the source has ever shown.
select
    ---------- ids
    order_item_discount_id,
    order_item_id,
    order_id,
    discount_id,

    ---------- attributes
    application_level,
    discount_amount,
    base_amount,
    final_amount,
    applied_at,
    approved,
    rejection_reason,

    ---------- state
    {{ motivo_quarentena('order_item_discounts') }} as quarantine_reason,
    {{ esta_viva('order_item_discounts') }} as is_live,
    created_at,
    updated_at,
    coalesce(deleted_at, _hard_deleted_at) as deleted_at,
    {{ carga_completa() }} as _dlt_load_id

from {{ source('staging', 'order_item_discounts') }}
