{# Hours from one timestamp to another, to the second, with four decimals. #}
{% macro horas(inicio, fim) -%}
    {{ razao(
        "cast(" ~ dbt.datediff(inicio, fim, 'second') ~ " as decimal(38, 4))",
        "cast(3600 as decimal(38, 4))"
    ) }}
{%- endmacro %}
