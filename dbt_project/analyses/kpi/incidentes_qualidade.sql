-- Incidentes de qualidade: testes que falharam, reconciliação com diferenças, quarentena maior.
{% set fatias = ['mes'] %}
with

fatos as (

    select
        {{ data_id(hora_local('fired_at')) }} as data_id,
        case
            when
                {{ adapter.quote('rule') }}
                in (
                    'tests-failed', 'reconciliation-mismatch', 'table-repaired', 'quarantine-grew'
                ) then 1
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
