-- One row per day whose data was due: by when, since when readers have it, and whether in time.
{{ espera_por('feature_gates') }}
with

execucoes as (

    select command, status, started_at, finished_at
    from {{ source('audit', 'etl_run') }}

),

cargas as (

    select started_at, finished_at
    from execucoes
    where command = 'load' and status = 'success'

),

publicacoes as (

    -- a version knows what the newest load before it saw when it began to read
    select
        publicadas.finished_at as disponivel_em,
        max(cargas.started_at) as lida_em
    from execucoes as publicadas
    inner join cargas on publicadas.started_at >= cargas.finished_at
    where publicadas.command = 'publish' and publicadas.status = 'success'
    group by publicadas.finished_at

),

relogio as (

    -- The audit's own clock: the build itself is a run that has just begun.
    select
        cast({{ hora_local('min(started_at)') }} as date) as primeiro_dia,
        max(started_at) as agora
    from execucoes

),

dias as (

    -- a day ends at 03:00 UTC of the next, and its data is due at 11:00 UTC: 8:00 in São Paulo
    select
        datas.data_id,
        datas.data,
        {{ dbt.dateadd('hour', 27, 'cast(datas.data as ' ~ dbt.type_timestamp() ~ ')') }} as fim,
        {{ dbt.dateadd('hour', 35, 'cast(datas.data as ' ~ dbt.type_timestamp() ~ ')') }}
            as prazo_em
    from {{ ref('dim_data') }} as datas
    inner join relogio on datas.data >= relogio.primeiro_dia
    where
        {{ dbt.dateadd('hour', 35, 'cast(datas.data as ' ~ dbt.type_timestamp() ~ ')') }}
        <= relogio.agora

),

disponiveis as (

    select
        dias.data_id,
        min(publicacoes.disponivel_em) as disponivel_em
    from dias
    inner join publicacoes on dias.fim <= publicacoes.lida_em
    group by dias.data_id

),

final as (

    select
        dias.data_id,
        dias.data,
        cast(dias.prazo_em as {{ dbt.type_timestamp() }}) as prazo_em,
        disponiveis.disponivel_em,
        {{ booleano('disponiveis.disponivel_em <= dias.prazo_em') }} as sla_cumprido
    from dias
    left join disponiveis on dias.data_id = disponiveis.data_id

)

select * from final
