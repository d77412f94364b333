-- One row per order the source has ever shown.
select
    ---------- ids
    order_id,
    customer_id,
    seller_id,
    region_id,

    ---------- attributes
    {{ texto("coalesce(order_number, order_id)", 255) }} as order_number,
    order_status,
    payment_status,
    order_date,
    {{ ou_nulo('orders', 'approved_at') }} as approved_at,
    {{ ou_nulo('orders', 'shipped_at') }} as shipped_at,
    {{ ou_nulo('orders', 'delivered_at') }} as delivered_at,
    {{ ou_nulo('orders', 'canceled_at') }} as canceled_at,
    sales_channel,
    currency_code,
    {{ ou_nulo('orders', 'exchange_rate') }} as exchange_rate,
    {{ ou_nulo('orders', 'shipping_amount') }} as shipping_amount,
    {{ ou_nulo('orders', 'shipping_discount_amount') }} as shipping_discount_amount,
    {{ ou_nulo('orders', 'shipping_cost_amount') }} as shipping_cost_amount,
    {{ ou_nulo('orders', 'tax_amount') }} as tax_amount,
    {{ ou_nulo('orders', 'other_amount') }} as other_amount,
    {{ ou_nulo('orders', 'total_amount') }} as total_amount,

    ---------- state
    {{ motivo_quarentena('orders') }} as quarantine_reason,
    {{ valores_anulados('orders') }} as odd_values,
    {{ esta_viva('orders') }} as is_live,
    created_at,
    updated_at,
    coalesce(deleted_at, _hard_deleted_at) as deleted_at,
    {{ carga_completa() }} as _dlt_load_id

from {{ source('staging', 'orders') }}
