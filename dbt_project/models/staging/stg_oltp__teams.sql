-- One row per sales team the source has ever shown.
select
    ---------- ids
    team_id,
    region_id,

    ---------- attributes
    team_code,
    team_name,
    team_type,
    team_category,
    is_active,

    ---------- state
    {{ esta_viva('teams') }} as is_live,
    created_at,
    updated_at,
    deleted_at,
    {{ carga_completa() }} as _dlt_load_id

from {{ source('staging', 'teams') }}
