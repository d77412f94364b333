-- One row per target of a seller and period the source has ever shown.
{%- set repete -%}
case when viva = 1 and vez > 1 then {{ literal('repete a meta de outra linha') }} else motivo end
{%- endset %}

with

metas as (

    select
        *,
        {{ motivo_quarentena('seller_targets_monthly') }} as motivo,
        {{ esta_viva('seller_targets_monthly') }} as viva
    from {{ source('staging', 'seller_targets_monthly') }}

),

repetidas as (

    -- of the live ones of a seller and period, all but the first
    select
        *,
        row_number() over (
            partition by seller_id, target_month, period_type, viva
            order by {{ dbt.length('seller_target_id') }}, seller_target_id
        ) as vez
    from metas

),

final as (

    select
        ---------- ids
        seller_target_id,
        seller_id,

        ---------- attributes
        target_month,
        target_amount,
        {{ ou_nulo('seller_targets_monthly', 'target_quantity') }} as target_quantity,
        realized_amount,
        realized_quantity,
        period_type,
        period_closed,

        ---------- state
        {{ texto(repete, 300) }} as quarantine_reason,
        {{ valores_anulados('seller_targets_monthly') }} as odd_values,
        case when vez = 1 then viva else 0 end as is_live,
        created_at,
        updated_at,
        coalesce(deleted_at, _hard_deleted_at) as deleted_at,
        {{ carga_completa() }} as _dlt_load_id

    from repetidas

)

select * from final
