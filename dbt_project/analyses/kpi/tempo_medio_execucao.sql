-- Tempo médio de execução: segundos sobre as execuções cuja duração é conhecida.
{% set fatias = ['mes', 'comando'] %}
with

fatos as (

    select
        {{ data_id(hora_local('started_at')) }} as data_id,
        command as comando,
        seconds as segundos
    from {{ source('audit', 'etl_run') }}

),

somas as (

    select
        {{ fatia(fatias) }}
        cast(sum(fatos.segundos) as decimal(38, 4)) as segundos_execucao,
        cast(count(fatos.segundos) as bigint) as execucoes_medidas
    from fatos
    {{ por_fatia(fatias) }}

)

select
    {{ da_fatia(fatias) }}
    segundos_execucao,
    execucoes_medidas,
    {{ razao('segundos_execucao', 'cast(execucoes_medidas as decimal(38, 4))', 6) }}
        as tempo_medio_execucao
from somas
