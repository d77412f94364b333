{# UTC to the business's clock. Brazil has had no daylight saving time since 2019. #}
{% macro hora_local(coluna) -%}
    {{ dbt.dateadd('hour', -3, coluna) }}
{%- endmacro %}
