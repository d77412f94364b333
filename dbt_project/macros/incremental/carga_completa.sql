{#
    The load that a landed row counts for. A load that was cut off has put rows of some tables in
    staging already; they count for the load before, so that whatever reads them now reads them
    again when the load is complete.
#}
{% macro carga_completa() -%}
    {{ return(adapter.dispatch('carga_completa', 'dw_ecommerce')()) }}
{%- endmacro %}

{% macro default__carga_completa() -%}
    {%- set completa = ultima_carga_completa() -%}
    {{ texto("case when _dlt_load_id > " ~ completa ~ " then " ~ completa ~ " else _dlt_load_id end", 32) }}
{%- endmacro %}

{# `pousar` brings rows of complete loads only. #}
{% macro spark__carga_completa() -%}
    {{ texto('_dlt_load_id', 32) }}
{%- endmacro %}
