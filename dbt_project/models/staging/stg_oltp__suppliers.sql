-- One row per supplier the source has ever shown.
select
    ---------- ids
    supplier_id,

    ---------- attributes
    supplier_code,
    supplier_name,
    country,
    is_active,

    ---------- state
    {{ esta_viva('suppliers') }} as is_live,
    created_at,
    updated_at,
    deleted_at,
    {{ carga_completa() }} as _dlt_load_id

from {{ source('staging', 'suppliers') }}
