-- One row per run of the loader × entity: volumes, duration, watermark and outcome.
{{ espera_por('feature_gates') }}
with

execucoes as (

    select
        run_id, load_id, command, source, target, status as status_execucao,
        error as erro_execucao
    from {{ source('audit', 'etl_run') }}

),

entidades as (

    select
        run_id, entity, started_at, finished_at, extracted, inserted, updated, deleted,
        watermark_before, watermark_after, seconds, status, error
    from {{ source('audit', 'etl_run_entity') }}

),

final as (

    select
        ---------- chaves
        {{ texto('entidades.run_id', 64) }} as execucao_id,
        {{ texto('entidades.entity', 64) }} as entidade,
        {{ texto('execucoes.load_id', 32) }} as carga_id,

        ---------- textos
        {{ texto('execucoes.command', 200) }} as comando,
        {{ texto('execucoes.source', 200) }} as fonte,
        {{ texto('execucoes.target', 20) }} as destino,
        {{ texto('execucoes.status_execucao', 20) }} as status_execucao,
        {{ texto('entidades.status', 20) }} as status_entidade,
        {{ texto('coalesce(entidades.error, execucoes.erro_execucao)', 2000) }} as erro,

        ---------- momentos
        entidades.started_at as iniciada_em,
        entidades.finished_at as terminada_em,
        entidades.watermark_before as marca_antes,
        entidades.watermark_after as marca_depois,

        ---------- medidas
        cast(entidades.extracted as bigint) as linhas_extraidas,
        cast(entidades.inserted as bigint) as linhas_inseridas,
        cast(entidades.updated as bigint) as linhas_alteradas,
        cast(entidades.deleted as bigint) as linhas_excluidas,
        cast(entidades.seconds as decimal(18, 4)) as segundos

    from entidades
    inner join execucoes on entidades.run_id = execucoes.run_id

)

select * from final
