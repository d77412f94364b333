{#
    A daily run tests the rows that its loads have touched: those before were tested when they
    came. DW_TESTED_LOAD is the newest load that all tests have passed; without it all rows are
    tested. Of a dimension they always are, and what adds up or joins whole tables does so always.
#}
{% macro so_tocadas() -%}
    {%- set testada = env_var('DW_TESTED_LOAD', '') if execute else '' -%}
    {%- if testada and tem_cargas(model.depends_on.nodes[0]) -%}
        _dlt_load_id > '{{ testada }}'
    {%- endif -%}
{%- endmacro %}

{% macro tem_cargas(no) -%}
    {%- set fonte = graph.sources.get(no) -%}
    {%- set modelo = graph.nodes.get(no) -%}
    {{ return(
        '_dlt_load_id' in (fonte or modelo).columns
        and (fonte is not none or modelo.fqn[1] in ['fact', 'agg', 'mart'])
    ) }}
{%- endmacro %}

{# dbt's own test of a key, of the keys that stand in touched rows; their twins may stand anywhere. #}
{% macro default__test_unique(model, column_name) -%}
    {{ repetidas(model, [column_name]) }}
{%- endmacro %}

{% macro repetidas(model, colunas) -%}
{%- set tocadas = so_tocadas() -%}
select
    {{ colunas | join(', ') }},
    count(*) as linhas
from (select * from {{ model }}) as todas
where
    {{ colunas[0] }} is not null
    {%- if tocadas %}
    and exists (
        select 1
        from (select * from {{ model }}) as novas
        where
            {{ tocadas }}
            {%- for coluna in colunas %}
            and novas.{{ coluna }} = todas.{{ coluna }}
            {%- endfor %}
    )
    {%- endif %}
group by {{ colunas | join(', ') }}
having count(*) > 1
{%- endmacro %}
