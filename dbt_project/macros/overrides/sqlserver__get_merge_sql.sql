{#
    dbt-sqlserver's merge, but the rows of the table that `incremental_predicates` names and this
    run has not leave it, in the same statement.
#}
{% macro sqlserver__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
{%- do exigir_intermediarios() -%}
{%- set colunas = dest_columns | map(attribute='name') | list -%}
{%- set chaves = [unique_key] if unique_key is string else unique_key -%}
{%- set mesma = mesma_chave(unique_key, 'DBT_INTERNAL_DEST', 'DBT_INTERNAL_SOURCE') %}
merge into {{ target }} as DBT_INTERNAL_DEST
using (
    select {{ colunas | join(', ') }}, 0 as sai
    from {{ source }}
    {%- if incremental_predicates %}

    union all

    select
        {%- for coluna in colunas %}
        {{ 'DBT_INTERNAL_DEST.' ~ coluna if coluna in chaves else 'null' }},
        {%- endfor %}
        1
    from {{ target }} as DBT_INTERNAL_DEST
    where
        {{ incremental_predicates | join(' and ') }}
        and not exists (select 1 from {{ source }} as DBT_INTERNAL_SOURCE where {{ mesma }})
    {%- endif %}
) as DBT_INTERNAL_SOURCE
on {{ mesma }}
when matched and DBT_INTERNAL_SOURCE.sai = 1 then delete
when matched then update set
    {%- for coluna in colunas if coluna not in chaves %}
    {{ coluna }} = DBT_INTERNAL_SOURCE.{{ coluna }}{{ ',' if not loop.last }}
    {%- endfor %}
when not matched then insert ({{ colunas | join(', ') }})
values (DBT_INTERNAL_SOURCE.{{ colunas | join(', DBT_INTERNAL_SOURCE.') }});
{%- endmacro %}
