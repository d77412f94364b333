-- One row per customer the source has ever shown.
select
    ---------- ids
    customer_id,

    ---------- attributes
    customer_code,
    full_name,
    email,
    phone,
    document_number,
    birth_date,
    gender,
    customer_type,
    segment,
    {{ ou_nulo('customers', 'credit_score') }} as credit_score,
    value_category,
    address_line,
    district,
    city,
    state,
    country,
    zip_code,
    first_signup_date,
    last_purchase_date,
    is_active,
    accepts_email_marketing,
    is_vip,

    ---------- state
    {{ motivo_quarentena('customers') }} as quarantine_reason,
    {{ valores_anulados('customers') }} as odd_values,
    {{ esta_viva('customers') }} as is_live,
    created_at,
    updated_at,
    coalesce(deleted_at, _hard_deleted_at) as deleted_at,
    {{ carga_completa() }} as _dlt_load_id

from {{ source('staging', 'customers') }}
