{#
    What a reference query is cut by. It gives its total alone, as it is to be read, and with
    `--vars '{por: [mes, regiao]}'` a row for each month and region too: `fatia` says which of
    them, `valor` its value. A query names the slices that its fact has (`disponiveis`) and calls
    the fact `fatos`.
#}
{% macro fatia(disponiveis) -%}
    {%- set fatias = fatias_pedidas(disponiveis) -%}
    {%- if fatias -%}
    {%- set nome -%}
        case
            {%- for fatia in fatias %}
            when grouping({{ coluna_da_fatia(fatia) }}) = 0 then '{{ fatia }}'
            {%- endfor %}
            else 'total'
        end
    {%- endset -%}
    {%- set valor -%}
        case
            {%- for fatia in fatias %}
            when grouping({{ coluna_da_fatia(fatia) }}) = 0
                then {{ texto(coluna_da_fatia(fatia), 200) }}
            {%- endfor %}
        end
    {%- endset -%}
    {{ texto(nome, 20) }} as fatia,
    {{ valor }} as valor,
    {%- endif -%}
{%- endmacro %}
