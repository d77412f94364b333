-- One row per run of a command: when, how long, how many rows, and how it ended.
{{ espera_por('feature_gates') }}
with

execucoes as (

    select
        run_id, load_id, command, source, target, started_at, finished_at, seconds, status, error,
        extracted, inserted, updated, deleted
    from {{ source('audit', 'etl_run') }}

),

final as (

    select
        ---------- chaves
        {{ texto('run_id', 64) }} as execucao_id,
        {{ texto('load_id', 32) }} as carga_id,

        ---------- quando
        cast({{ hora_local('started_at') }} as date) as data,
        started_at as iniciada_em,
        finished_at as terminada_em,

        ---------- textos
        {{ texto('command', 200) }} as comando,
        {{ texto('source', 200) }} as fonte,
        {{ texto('target', 20) }} as destino,
        {{ texto('status', 20) }} as status_execucao,
        {{ texto('error', 2000) }} as erro,

        ---------- medidas
        cast(extracted as bigint) as linhas_extraidas,
        cast(inserted as bigint) as linhas_inseridas,
        cast(updated as bigint) as linhas_alteradas,
        cast(deleted as bigint) as linhas_excluidas,
        cast(seconds as decimal(18, 4)) as segundos

    from execucoes

)

select * from final
