{#
    dbt-spark's merge, but the rows of the table that `incremental_predicates` names and this run
    has not leave it, and those that are in it as they are do not come: a MERGE writes no file for
    their sake. Without rows to merge there is nothing to do. Of a table that is partitioned by
    month a MERGE reads and writes only the months that hold a row of this run, or held it before.
#}
{% macro spark__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
    {%- do exigir_intermediarios() -%}
    {%- set mudancas = source.incorporate(path={'identifier': source.identifier ~ '_mudancas'}) -%}
    {%- set colunas = adapter.get_columns_in_relation(target) | map(attribute='name') | list -%}
    {%- do run_query(spark__create_temporary_view(
        mudancas, mudancas_da_mescla(target, source, unique_key, colunas, incremental_predicates)
    )) -%}
    {%- if run_query('select 1 from ' ~ mudancas ~ ' limit 1') | length == 0 -%}
        select 0 as linhas
    {%- else -%}
        {%- set condicoes = [mesma_chave(unique_key, 'DBT_INTERNAL_DEST', 'DBT_INTERNAL_SOURCE')] -%}
        {%- if config.get('partition_by') -%}
            {%- do condicoes.append(meses_tocados(target, mudancas, unique_key)) -%}
        {%- endif %}
merge into {{ target }} as DBT_INTERNAL_DEST
using {{ mudancas }} as DBT_INTERNAL_SOURCE
on {{ condicoes | join(' and ') }}
when matched and DBT_INTERNAL_SOURCE.sai = 1 then delete
when matched then update set
        {%- for coluna in colunas %}
    {{ coluna }} = DBT_INTERNAL_SOURCE.{{ coluna }}{{ ',' if not loop.last }}
        {%- endfor %}
when not matched then insert ({{ colunas | join(', ') }})
values (DBT_INTERNAL_SOURCE.{{ colunas | join(', DBT_INTERNAL_SOURCE.') }})
    {%- endif -%}
{%- endmacro %}
