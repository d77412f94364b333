-- One row per build × model or seed that it made: how long it took, and how it ended.
{{ espera_por('feature_gates') }}
with

nos as (

    select invocation_id, unique_id, run_id, name, status, started_at, seconds
    from {{ source('audit', 'dbt_run_node') }}
    where resource_type in ('model', 'seed') and started_at is not null

),

final as (

    select
        ---------- chaves
        {{ texto('invocation_id', 64) }} as construcao_id,
        {{ texto('unique_id', 400) }} as no_id,
        {{ texto('run_id', 64) }} as execucao_id,

        ---------- quando
        cast({{ hora_local('started_at') }} as date) as data,
        started_at as iniciada_em,

        ---------- textos
        {{ texto('name', 200) }} as modelo,
        {{ texto('status', 20) }} as status_modelo,

        ---------- medidas
        cast(seconds as decimal(18, 4)) as segundos

    from nos

)

select * from final
