{#
    Days on which an aggregate is not what its fact says: rows were added, changed, or left. The
    number of rows and the newest load of a day tell all three, since what comes or changes brings
    a newer load and what leaves makes the number smaller. Nothing to keep, and a crash between
    fact and aggregate mends itself. `fato` is a CTE with linhas and carga of each day; `linhas`
    gives the fact's rows of a day in the aggregate; `somas` are measures to compare too, where a
    row of the fact can lose a part of itself.
#}
{% macro dias_tocados(fato, agregado, linhas, somas=[]) -%}
    {%- set tabela = como_estava(agregado) -%}
    {%- if tabela -%}
    select coalesce(agora.data_id, antes.data_id) as data_id
    from {{ fato }} as agora
    full outer join (
        select
            data_id, {{ linhas }} as linhas, max(_dlt_load_id) as carga
            {%- for soma in somas %}, sum({{ soma }}) as {{ soma }}{% endfor %}
        from {{ tabela }}
        group by data_id
    ) as antes on agora.data_id = antes.data_id
    where
        agora.data_id is null
        or antes.data_id is null
        {%- for coluna in ['linhas', 'carga'] + somas %}
        or agora.{{ coluna }} <> antes.{{ coluna }}
        {%- endfor %}
        {{- em_meses_a_refazer(agregado, 'coalesce(agora.data_id, antes.data_id)') }}
    {%- else -%}
    select data_id
    from {{ fato }}
    where 1 = 0
    {%- endif -%}
{%- endmacro %}
