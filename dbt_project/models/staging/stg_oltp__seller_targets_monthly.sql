-- One row per target of a seller and period the source has ever shown.
select
    ---------- ids
    seller_target_id,
    seller_id,

    ---------- attributes
    target_month,
    target_amount,
    target_quantity,
    realized_amount,
    realized_quantity,
    period_type,
    period_closed,

    ---------- state
    {{ motivo_quarentena('seller_targets_monthly') }} as quarantine_reason,
    {{ esta_viva('seller_targets_monthly') }} as is_live,
    created_at,
    updated_at,
    coalesce(deleted_at, _hard_deleted_at) as deleted_at,
    {{ carga_completa() }} as _dlt_load_id

from {{ source('staging', 'seller_targets_monthly') }}
