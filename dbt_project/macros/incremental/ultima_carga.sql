{#
    The newest load whose rows a table holds, of the incremental model at hand or another: what has
    landed since has a greater _dlt_load_id. The watermark is the table's own content, so that a
    build that died, or built only this model, needs no bookkeeping: the next one starts from what
    is really there. It is asked for before: by a constant an engine passes over most of a table,
    by a subquery it compares every row.
#}
{% macro ultima_carga(tabela=none) -%}
    {%- set maior = "select coalesce(max(_dlt_load_id), '') as carga from " ~ (tabela or this) -%}
    {%- if execute and (tabela or is_incremental()) and var('offline', none) is none -%}
        {{ literal(run_query(maior).columns[0].values()[0]) }}
    {%- else -%}
        ({{ maior }})
    {%- endif -%}
{%- endmacro %}
