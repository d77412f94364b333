{#
    Keys, of one column or of `colunas`, that stand in more than one row. A daily run looks for those
    of touched rows, whose twins may stand anywhere; dbt's own `unique` looks at all rows each time.
#}
{% test chave_unica(model, column_name=none, colunas=none) %}
{%- set colunas = colunas or [column_name] -%}
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
        where {{ tocadas }} and {{ mesma_chave(colunas, 'novas', 'todas') }}
    )
    {%- endif %}
group by {{ colunas | join(', ') }}
having count(*) > 1
{% endtest %}
