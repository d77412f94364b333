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
