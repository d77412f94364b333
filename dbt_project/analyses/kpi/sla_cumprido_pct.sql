-- SLA cumprido %: dias cujos dados estavam publicados às 8:00 de São Paulo (11:00 UTC) do dia
-- seguinte, sobre os dias cujo prazo já passou. O dia termina às 3:00 UTC do seguinte.
{% set fatias = ['mes'] %}
with

execucoes as (

    select command, status, started_at, finished_at
    from {{ source('audit', 'etl_run') }}

),

relogio as (

    select
        cast({{ hora_local('min(started_at)') }} as date) as primeiro_dia,
        max(started_at) as agora
    from execucoes

),

dias as (

    select
        datas.data_id,
        {{ dbt.dateadd('hour', 27, 'cast(datas.data as ' ~ dbt.type_timestamp() ~ ')') }} as fim,
        {{ dbt.dateadd('hour', 35, 'cast(datas.data as ' ~ dbt.type_timestamp() ~ ')') }} as prazo
    from {{ ref('dim_data') }} as datas
    cross join relogio
    where
        datas.data >= relogio.primeiro_dia
        and {{ dbt.dateadd('hour', 35, 'cast(datas.data as ' ~ dbt.type_timestamp() ~ ')') }}
        <= relogio.agora

),

no_prazo as (

    -- a load that began after the day's end was published before the deadline
    select distinct dias.data_id
    from dias
    inner join execucoes as publicacoes on dias.prazo >= publicacoes.finished_at
    inner join execucoes as cargas
        on publicacoes.started_at >= cargas.finished_at and dias.fim <= cargas.started_at
    where
        publicacoes.command = 'publish' and publicacoes.status = 'success'
        and cargas.command = 'load' and cargas.status = 'success'

),

fatos as (

    select
        dias.data_id,
        case when no_prazo.data_id is not null then 1 else 0 end as cumprido
    from dias
    left join no_prazo on dias.data_id = no_prazo.data_id

),

somas as (

    select
        {{ fatia(fatias) }}
        cast(sum(fatos.cumprido) as bigint) as dias_no_prazo,
        cast(sum(1) as bigint) as dias_com_prazo
    from fatos
    {{ por_fatia(fatias) }}

)

select
    {{ da_fatia(fatias) }}
    dias_no_prazo,
    dias_com_prazo,
    {{ razao(
        'cast(dias_no_prazo as decimal(38, 4))', 'cast(dias_com_prazo as decimal(38, 4))', 6
    ) }} as sla_cumprido_pct
from somas
