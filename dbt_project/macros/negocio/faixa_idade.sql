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
