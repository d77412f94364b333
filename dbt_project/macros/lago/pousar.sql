{#
    Bring what has landed into the Iceberg tables of the sources: of each key the newest row of the
    complete loads that came since. The table is its own watermark, as everywhere, and a load that
    was cut off waits until it is complete. The other engines' loader does this itself.
#}
{% macro pousar() -%}
    {{ return(adapter.dispatch('pousar', 'dw_ecommerce')()) }}
{%- endmacro %}

{% macro default__pousar() -%}
{%- endmacro %}

{% macro spark__pousar() -%}
    {%- if execute -%}
        {%- for schema, fontes in graph.sources.values() | groupby('schema') -%}
            {%- do run_query('create schema if not exists ' ~ schema) -%}
            {%- set tabelas = run_query('show tables in ' ~ schema).columns['tableName'].values() -%}
            {%- for fonte in fontes -%}
                {%- if fonte.name == '_dlt_loads' -%}
                    {%- do pousar_cargas(schema) -%}
                {%- else -%}
                    {%- do pousar_linhas(fonte, nova=fonte.name not in tabelas) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
