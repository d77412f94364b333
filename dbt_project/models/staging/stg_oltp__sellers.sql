-- One row per seller the source has ever shown.
select
    ---------- ids
    seller_id,
    team_id,
    manager_seller_id,

    ---------- attributes
    seller_code,
    seller_name,
    home_state,
    home_city,
    monthly_goal_amount,
    hire_date,
    seller_status,

    ---------- state
    {{ motivo_quarentena('sellers') }} as quarantine_reason,
    {{ valores_anulados('sellers') }} as odd_values,
    {{ esta_viva('sellers') }} as is_live,
    created_at,
    updated_at,
    coalesce(deleted_at, _hard_deleted_at) as deleted_at,
    {{ carga_completa() }} as _dlt_load_id

from {{ source('staging', 'sellers') }}
