-- One row per order the source has ever shown.
select
    ---------- ids
    order_id,
    customer_id,
    seller_id,
    region_id,

    ---------- attributes
    order_number,
    order_status,
    payment_status,
    order_date,
    approved_at,
    shipped_at,
    delivered_at,
    canceled_at,
    sales_channel,
    currency_code,

    ---------- state
    {{ motivo_quarentena('orders') }} as quarantine_reason,
    {{ esta_viva('orders') }} as is_live,
    created_at,
    updated_at,
    coalesce(deleted_at, _hard_deleted_at) as deleted_at,
    {{ carga_completa() }} as _dlt_load_id

from {{ source('staging', 'orders') }}
