{% macro pouso(schema, nome) -%}
    {{ env_var('DW_LAKE_URL') }}/landing/{{ schema }}/{{ nome }}
{%- endmacro %}
