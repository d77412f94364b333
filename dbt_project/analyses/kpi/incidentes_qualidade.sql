-- Incidentes de qualidade: testes que falharam, reconciliação com diferenças, quarentena maior.
{% set fatias = ['mes'] %}
with

fatos as (

    select
        {{ data_id(hora_local('fired_at')) }} as data_id,
        case {{ adapter.quote('rule') }}
            when 'quarantine-grew' then 1
            when 'reconciliation-mismatch' then 1
            when 'table-repaired' then 1
            when 'tests-failed' then 1
            else 0
        end as de_qualidade
    from {{ source('audit', 'alert') }}

),

somas as (

    select
        {{ fatia(fatias) }}
        cast(sum(fatos.de_qualidade) as bigint) as incidentes_qualidade
    from fatos
    {{ por_fatia(fatias) }}

)

select
    {{ da_fatia(fatias) }}
    incidentes_qualidade
from somas
