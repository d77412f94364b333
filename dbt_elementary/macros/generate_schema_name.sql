{# That of the main project, whose macro does not count here: only a root project's does. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ dw_ecommerce.generate_schema_name(custom_schema_name, node) }}
{%- endmacro %}
