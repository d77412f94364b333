{# dlt tells of each complete load in a file of JSON. #}
{% macro cargas_completas(schema) -%}
    json.`{{ pouso(schema, '_dlt_loads') }}`
{%- endmacro %}
