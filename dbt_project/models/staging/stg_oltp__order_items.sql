-- One row per order item the source has ever shown.
select
    ---------- ids
    order_item_id,
    order_id,
    product_id,
    seller_id,
    parent_order_item_id,

    ---------- attributes
    {{ ou_nulo('order_items', 'item_number') }} as item_number,
    quantity,
    unit_price,
    gross_amount,
    {{ parte_exata('gross_amount', 'discount_amount', 'net_amount') }} as discount_amount,
    {{ resto_exato('gross_amount', 'discount_amount', 'net_amount') }} as net_amount,
    {{ ou_nulo('order_items', 'cost_amount') }} as cost_amount,
    {{ ou_nulo('order_items', 'return_quantity') }} as return_quantity,
    {{ ou_nulo('order_items', 'returned_amount') }} as returned_amount,
    {{ ou_nulo('order_items', 'commission_percent') }} as commission_percent,
    {{ ou_nulo('order_items', 'commission_amount') }} as commission_amount,
    had_discount,
    {{ ou_nulo('order_items', 'tax_amount') }} as tax_amount,

    ---------- state
    {{ motivo_quarentena('order_items') }} as quarantine_reason,
    {{ valores_anulados('order_items') }} as odd_values,
    {{ esta_viva('order_items') }} as is_live,
    created_at,
    updated_at,
    coalesce(deleted_at, _hard_deleted_at) as deleted_at,
    {{ carga_completa() }} as _dlt_load_id

from {{ source('staging', 'order_items') }}
