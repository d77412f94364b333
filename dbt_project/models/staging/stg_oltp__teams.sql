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
    {{ motivo_quarentena('teams') }} as quarantine_reason,
    {{ valores_anulados('teams') }} as odd_values,
    {{ esta_viva('teams') }} as is_live,
    created_at,
    updated_at,
    coalesce(deleted_at, _hard_deleted_at) as deleted_at,
    {{ carga_completa() }} as _dlt_load_id

from {{ source('staging', 'teams') }}
