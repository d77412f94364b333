{# The condition that a row of the table is of a month that this run touches. #}
{% macro meses_tocados(target, source, chave) -%}
    {%- set meses = run_query(
        'select distinct cast(floor(data_id / 100) as int) from ('
        ~ 'select data_id from ' ~ source ~ ' union all select antes.data_id from ' ~ target
        ~ ' as antes inner join ' ~ source ~ ' as novas on antes.' ~ chave ~ ' = novas.' ~ chave ~ ')'
    ).columns[0].values() -%}
    {%- set condicoes = [] -%}
    {%- for mes in meses -%}
        {%- do condicoes.append(
            'DBT_INTERNAL_DEST.data_id between ' ~ (mes * 100) ~ ' and ' ~ (mes * 100 + 99)
        ) -%}
    {%- endfor -%}
    {{ return('(' ~ condicoes | join(' or ') ~ ')') }}
{%- endmacro %}
