{# A column, null where its value alone cannot be believed. #}
{% macro ou_nulo(entidade, coluna) -%}
    case when {{ condicao_da_regra(var('anulados')[entidade][coluna], coluna) }} then null else {{ coluna }} end
{%- endmacro %}
