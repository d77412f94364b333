-- One row per discount campaign the source has ever shown.
select
    ---------- ids
    discount_id,

    ---------- attributes
    discount_code,
    campaign_name,
    description,
    discount_type,
    discount_method,
    discount_value,
    min_order_value,
    max_discount_value,
    {{ ou_nulo('discount_campaigns', 'max_uses_per_customer') }} as max_uses_per_customer,
    {{ ou_nulo('discount_campaigns', 'max_uses_total') }} as max_uses_total,
    apply_scope,
    start_at,
    end_at,
    is_active,
    is_stackable,
    approval_required,

    ---------- state
    {{ motivo_quarentena('discount_campaigns') }} as quarantine_reason,
    {{ valores_anulados('discount_campaigns') }} as odd_values,
    {{ esta_viva('discount_campaigns') }} as is_live,
    created_at,
    updated_at,
    coalesce(deleted_at, _hard_deleted_at) as deleted_at,
    {{ carga_completa() }} as _dlt_load_id

from {{ source('staging', 'discount_campaigns') }}
