-- SLA cumprido %: dias cujos dados estavam publicados às 8:00 de São Paulo (11:00 UTC) do dia
-- seguinte, sobre os dias cujo prazo já passou. O dia termina às 3:00 UTC do seguinte.
{% set fatias = ['mes'] %}
with

cargas as (

    -- what began on a day of São Paulo has seen all of the day before
    select
        finished_at as lidas_em,
        {{ dbt.dateadd('day', -1, 'cast(' ~ dbt.dateadd('hour', -3, 'started_at') ~ ' as date)') }}
            as ate_o_dia
    from {{ source('audit', 'etl_run') }}
    where status = 'success' and command = 'load'

),

publicacoes as (

    -- by a clock that is at midnight when a day is due
    select
        started_at,
        {{ dbt.dateadd('hour', -11, 'finished_at') }} as prontas_em
    from {{ source('audit', 'etl_run') }}
    where status = 'success' and command = 'publish'

),

periodo as (

    select
        cast({{ dbt.dateadd('hour', -3, 'min(started_at)') }} as date) as desde,
        {{ dbt.dateadd('hour', -11, 'max(started_at)') }} as venceu_ate
    from {{ source('audit', 'etl_run') }}

),

fatos as (

    select
        datas.data_id,
        case
            when exists (
                    select 1
                    from cargas
                    inner join publicacoes on cargas.lidas_em <= publicacoes.started_at
                    where
                        cargas.ate_o_dia >= datas.data
                        and publicacoes.prontas_em <= {{ dbt.dateadd('day', 1, 'datas.data') }}
                ) then 1
            else 0
        end as cumprido
    from {{ ref('dim_data') }} as datas
    cross join periodo
    where
        periodo.desde <= datas.data
        and periodo.venceu_ate >= {{ dbt.dateadd('day', 1, 'datas.data') }}

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
