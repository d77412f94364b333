{% macro tipo_spark(tipo) -%}
    {{ 'string' if tipo.startswith('nvarchar') else tipo }}
{%- endmacro %}
