{# The key of a dimension as its one, unique index. #}
{% macro indice_unico() -%}
    {{ return(adapter.dispatch('indice_unico', 'dw_ecommerce')()) }}
{%- endmacro %}

{% macro default__indice_unico() -%}
{%- endmacro %}

{% macro sqlserver__indice_unico() -%}
    {#- Not as a default of `get`: dbt knows the setting, so what is not set is none to it. -#}
    {%- set chave = config.get('unique_key') or 'data_id' -%}
    {%- set indice = this.identifier ~ '_' ~ chave -%}
    if not exists (
        select 1 from sys.indexes
        where name = '{{ indice }}' and object_id = object_id('{{ this.schema }}.{{ this.identifier }}')
    )
    create unique clustered index {{ indice }} on {{ this.include(database=false) }} ({{ chave }})
{%- endmacro %}
