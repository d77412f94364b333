{# Whether no row of an entity is of a load that is still incomplete. #}
{% macro sem_carga_em_curso(entidade) -%}
    {{ return(adapter.dispatch('sem_carga_em_curso', 'dw_ecommerce')(entidade)) }}
{%- endmacro %}

{% macro default__sem_carga_em_curso(entidade) -%}
    not exists (
        select 1
        from {{ source('staging', entidade) }} as pousadas
        where pousadas._dlt_load_id > {{ ultima_carga_completa() }}
    )
{%- endmacro %}

{% macro spark__sem_carga_em_curso(entidade) -%}
    1 = 1
{%- endmacro %}
