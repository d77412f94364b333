{# The joins and the grouping that `fatia` needs; the last lines of the query. #}
{% macro por_fatia(disponiveis) -%}
    {%- set fatias = fatias_pedidas(disponiveis) -%}
    {%- for fatia in fatias if fatia in dimensoes_das_fatias() -%}
    {%- set dimensao = dimensoes_das_fatias()[fatia] %}
    inner join {{ ref(dimensao.tabela) }} as {{ dimensao.tabela }}
        on fatos.{{ dimensao.chave }} = {{ dimensao.tabela }}.{{ dimensao.chave }}
    {%- endfor %}
    {%- if fatias %}
    group by grouping sets (
        ()
        {%- for fatia in fatias %}, ({{ coluna_da_fatia(fatia) }}){% endfor %}
    )
    {%- endif %}
{%- endmacro %}
