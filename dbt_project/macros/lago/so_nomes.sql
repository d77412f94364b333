{# Columns as dbt compares them, of no type. #}
{% macro so_nomes(colunas) -%}
    {%- set nomes = [] -%}
    {%- for coluna in colunas -%}
        {%- do nomes.append({'name': coluna, 'data_type': '', 'formatted': coluna}) -%}
    {%- endfor -%}
    {{ return(nomes) }}
{%- endmacro %}
