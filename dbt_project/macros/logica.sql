{# A flag as a condition, and a condition as a flag: T-SQL has no boolean expressions. #}
{% macro eh(coluna) -%}
    cast({{ coluna }} as int) = 1
{%- endmacro %}

{% macro booleano(condicao) -%}
    cast(case when {{ condicao }} then 1 else 0 end as {{ dbt.type_boolean() }})
{%- endmacro %}

{# yyyymmdd of a date or timestamp, the key of dim_data; null gives -1. #}
{% macro data_id(coluna) -%}
    cast(
        coalesce(year({{ coluna }}) * 10000 + month({{ coluna }}) * 100 + day({{ coluna }}), -1)
        as int
    )
{%- endmacro %}

{# Hours from one timestamp to another, to the second, with four decimals. #}
{% macro horas(inicio, fim) -%}
    {{ razao(
        "cast(" ~ dbt.datediff(inicio, fim, 'second') ~ " as decimal(38, 4))",
        "cast(3600 as decimal(38, 4))"
    ) }}
{%- endmacro %}

{# UTC to the business's clock. Brazil has had no daylight saving time since 2019. #}
{% macro hora_local(coluna) -%}
    {{ dbt.dateadd('hour', -3, coluna) }}
{%- endmacro %}

{# The age band of an order that many days old. #}
{% macro faixa_idade(dias) -%}
    {% set faixa -%}
        case
            when {{ dias }} <= 1 then '0-1 dia'
            when {{ dias }} <= 3 then '2-3 dias'
            when {{ dias }} <= 7 then '4-7 dias'
            when {{ dias }} <= 15 then '8-15 dias'
            when {{ dias }} <= 30 then '16-30 dias'
            else 'mais de 30 dias'
        end
    {%- endset -%}
    {{ texto(faixa, 20) }}
{%- endmacro %}
