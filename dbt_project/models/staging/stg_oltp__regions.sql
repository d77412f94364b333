-- One row per region the source has ever shown: a city of a state.
select
    ---------- ids
    region_id,

    ---------- attributes
    region_code,
    country,
    region_name,
    state,
    state_name,
    city,
    ibge_code,
    is_active,

    ---------- state
    {{ motivo_quarentena('regions') }} as quarantine_reason,
    {{ valores_anulados('regions') }} as odd_values,
    {{ esta_viva('regions') }} as is_live,
    created_at,
    updated_at,
    coalesce(deleted_at, _hard_deleted_at) as deleted_at,
    {{ carga_completa() }} as _dlt_load_id

from {{ source('staging', 'regions') }}
