{# The server itself describes each SELECT, for its columns to be compared with the contract. #}
{% macro sqlserver__get_assert_columns_equivalent(sql) -%}
    {%- if recurso_ligado('contracts') -%}
        {{ assert_columns_equivalent(sql) }}
    {%- endif -%}
{%- endmacro %}
