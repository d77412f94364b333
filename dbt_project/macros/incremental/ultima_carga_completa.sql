{% macro ultima_carga_completa() -%}
    (select max(load_id) from {{ source('staging', '_dlt_loads') }} where status = 0)
{%- endmacro %}
