-- Incidentes: problemas de que um alerta avisou, pelo dia em que foram encontrados.
{% set fatias = ['mes'] %}
with

fatos as (

    select
        {{ data_id(hora_local('fired_at')) }} as data_id
    from {{ source('audit', 'alert') }}

),

somas as (

    select
        {{ fatia(fatias) }}
        cast(sum(1) as bigint) as incidentes
    from fatos
    {{ por_fatia(fatias) }}

)

select
    {{ da_fatia(fatias) }}
    incidentes
from somas
