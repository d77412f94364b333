{# The columns that `fatia` adds, handed on by a select on a CTE. #}
{% macro da_fatia(disponiveis) -%}
    {{ 'fatia, valor,' if fatias_pedidas(disponiveis) }}
{%- endmacro %}
