{#
    Which values of a row were left out and why, or null: those that did not fit their columns, as
    the loader says, and those that `ou_nulo` leaves out.
#}
{% macro valores_anulados(entidade) -%}
    {%- set regras = {} -%}
    {%- for grupo in ['anulados', 'ajustados'] -%}
        {%- do regras.update(var(grupo).get(entidade, {})) -%}
    {%- endfor -%}
    {%- if regras -%}
        {%- set partes = ["case when _odd_values is null then '' else concat('; ', _odd_values) end"] -%}
        {%- for coluna, regra in regras.items() -%}
            {%- do partes.append(
                'case when ' ~ condicao_da_regra(regra, coluna) ~ ' then '
                ~ literal('; ' ~ coluna ~ ': ' ~ regra.motivo) ~ " else '' end"
            ) -%}
        {%- endfor -%}
        {%- set todas = 'concat(' ~ partes | join(', ') ~ ')' -%}
        {{ texto("nullif(substring(" ~ todas ~ ", 3, 4000), '')", 4000) }}
    {%- else -%}
        {{ texto('_odd_values', 4000) }}
    {%- endif -%}
{%- endmacro %}
