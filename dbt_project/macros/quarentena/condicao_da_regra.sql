{# The condition of a rule; :x is the column that it is about, :inicio and :fim the calendar. #}
{% macro condicao_da_regra(regra, coluna='') -%}
    {{ regra.quando
        | replace(':inicio', "'" ~ var('calendario_inicio') ~ "'")
        | replace(':fim', "'" ~ var('calendario_fim') ~ "'")
        | replace(':x', coluna) }}
{%- endmacro %}
