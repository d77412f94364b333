{#
    dbt-duckdb's merge, but the rows of the table that `incremental_predicates` names and this run
    has not leave it. In statements of the model's one transaction: DuckDB updates a row column by
    column in its place, 2.6 s of CPU for 8,000 rows of a mart of 9.4 million, where to delete and
    insert them takes 0.1 s.
#}
{% macro duckdb__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
{%- do exigir_intermediarios() -%}
{%- set colunas = get_quoted_csv(dest_columns | map(attribute='name')) -%}
{%- if incremental_predicates %}
delete from {{ target }} as DBT_INTERNAL_DEST
where {{ incremental_predicates | join(' and ') }};
{%- endif %}

delete from {{ target }} as DBT_INTERNAL_DEST
using {{ source }} as DBT_INTERNAL_SOURCE
where {{ mesma_chave(unique_key, 'DBT_INTERNAL_DEST', 'DBT_INTERNAL_SOURCE') }};

insert into {{ target }} ({{ colunas }})
select {{ colunas }} from {{ source }}
{%- endmacro %}
