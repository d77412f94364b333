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
    {{ motivo_quarentena('suppliers') }} as quarantine_reason,
    {{ valores_anulados('suppliers') }} as odd_values,
    {{ esta_viva('suppliers') }} as is_live,
    created_at,
    updated_at,
    coalesce(deleted_at, _hard_deleted_at) as deleted_at,
    {{ carga_completa() }} as _dlt_load_id

from {{ source('staging', 'suppliers') }}
