{#
    What merge_com_exclusao does, in two statements of the model's one transaction. DuckDB updates
    a row column by column in its place: 2.6 s of CPU for 8,000 rows of a mart of 9.4 million,
    where to delete and insert them takes 0.1 s.
#}
{% macro duckdb__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
{%- set colunas = model.columns.keys() | list | join(', ') -%}
delete from {{ target }} as antes
using {{ source }} as agora
where {% for chave in em_lista(unique_key) %}{{ 'and ' if not loop.first }}antes.{{ chave }} = agora.{{ chave }} {% endfor %};

insert into {{ target }} ({{ colunas }})
select {{ colunas }} from {{ source }} where _dlt_load_id <> {{ marca_de_saida() }}
{%- endmacro %}
