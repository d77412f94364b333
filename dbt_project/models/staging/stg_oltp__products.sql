-- One row per product the source has ever shown.
select
    ---------- ids
    product_id,
    supplier_id,

    ---------- attributes
    product_code,
    sku,
    barcode,
    product_name,
    short_description,
    category_name,
    subcategory_name,
    product_line,
    brand,
    manufacturer,
    country_origin,
    weight_kg,
    color,
    material,
    cost_price,
    list_price,
    suggested_margin_percent,
    is_perishable,
    is_fragile,
    requires_refrigeration,
    {{ ou_nulo('products', 'minimum_age') }} as minimum_age,
    {{ ou_nulo('products', 'min_stock') }} as min_stock,
    {{ ou_nulo('products', 'max_stock') }} as max_stock,
    {{ ou_nulo('products', 'reorder_days') }} as reorder_days,
    product_status,
    launch_date,
    discontinued_date,
    rating_avg,
    {{ ou_nulo('products', 'rating_count') }} as rating_count,
    is_gift_card,

    ---------- state
    {{ motivo_quarentena('products') }} as quarantine_reason,
    {{ valores_anulados('products') }} as odd_values,
    {{ esta_viva('products') }} as is_live,
    created_at,
    updated_at,
    coalesce(deleted_at, _hard_deleted_at) as deleted_at,
    {{ carga_completa() }} as _dlt_load_id

from {{ source('staging', 'products') }}
