-- One row per order item the source has ever shown.
select
    ---------- ids
    order_item_id,
    order_id,
    product_id,
    seller_id,

    ---------- attributes
    item_number,
    quantity,
    unit_price,
    gross_amount,
    discount_amount,
    net_amount,
    cost_amount,
    return_quantity,
    returned_amount,
    commission_percent,
    commission_amount,
    had_discount,

    ---------- state
    {{ motivo_quarentena('order_items') }} as quarantine_reason,
    {{ esta_viva('order_items') }} as is_live,
    created_at,
    updated_at,
    coalesce(deleted_at, _hard_deleted_at) as deleted_at,
    {{ carga_completa() }} as _dlt_load_id

from {{ source('staging', 'order_items') }}
