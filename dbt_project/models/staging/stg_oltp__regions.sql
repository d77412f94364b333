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
    {{ esta_viva('regions') }} as is_live,
    created_at,
    updated_at,
    deleted_at,
    {{ carga_completa() }} as _dlt_load_id

from {{ source('staging', 'regions') }}
