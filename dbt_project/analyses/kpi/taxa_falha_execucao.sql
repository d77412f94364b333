-- Taxa de falha: execuções que falharam ou foram interrompidas sobre as encerradas.
{% set fatias = ['mes', 'comando'] %}
with

fatos as (

    select
        {{ data_id(hora_local('started_at')) }} as data_id,
        command as comando,
        case when status <> 'running' then 1 else 0 end as encerrada,
        case when status in ('failed', 'crashed') then 1 else 0 end as falhou
    from {{ source('audit', 'etl_run') }}

),

somas as (

    select
        {{ fatia(fatias) }}
        cast(sum(fatos.falhou) as bigint) as execucoes_com_falha,
        cast(sum(fatos.encerrada) as bigint) as execucoes
    from fatos
    {{ por_fatia(fatias) }}

)

select
    {{ da_fatia(fatias) }}
    execucoes_com_falha,
    execucoes,
    {{ razao(
        'cast(execucoes_com_falha as decimal(38, 4))', 'cast(execucoes as decimal(38, 4))', 6
    ) }} as taxa_falha_execucao
from somas
