-- One row per incident: what was wrong with what, since when, and until when.
{{ espera_por('feature_gates') }}
with

alertas as (

    select
        alert_id, {{ adapter.quote('rule') }} as regra, job, run_id, since, fired_at, resolved_at
    from {{ source('audit', 'alert') }}

),

final as (

    select
        ---------- chaves
        {{ texto('alert_id', 64) }} as incidente_id,
        {{ texto('run_id', 64) }} as execucao_id,

        ---------- quando
        cast({{ hora_local('fired_at') }} as date) as data,
        since as desde,
        fired_at as aberto_em,
        resolved_at as resolvido_em,

        ---------- textos
        {{ texto('regra', 40) }} as regra,
        {{ texto('job', 200) }} as objeto,

        ---------- marcas
        {{ booleano(
            "regra in ('tests-failed', 'reconciliation-mismatch', 'table-repaired', 'quarantine-grew')"
        ) }} as eh_de_qualidade

    from alertas

)

select * from final
