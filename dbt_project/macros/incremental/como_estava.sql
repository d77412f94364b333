{#
    The table of a model further down as the last run left it, for a model that tells what of it to
    compute again; none when this run makes it anew. A ref would be a circle.
#}
{% macro como_estava(modelo) -%}
    {%- if not execute -%}
        {{ return(this) }}
    {%- endif -%}
    {#- By its alias: a mart has versions, and the newest keeps its name. -#}
    {%- set no = graph.nodes.values()
        | selectattr('resource_type', 'equalto', 'model')
        | selectattr('alias', 'equalto', modelo) | first -%}
    {%- if var('offline', none) is not none -%}
        {#- A compile without a database, of which ci/before_ddl.py makes the schema. -#}
        {{ return(
            api.Relation.create(database=no.database, schema='antes', identifier=no.alias)
            if var('offline') == 'incremental' else none
        ) }}
    {%- endif -%}
    {%- set tabela = adapter.get_relation(no.database, no.schema, no.alias) -%}
    {{ return(tabela if tabela and tabela.is_table and not flags.FULL_REFRESH else none) }}
{%- endmacro %}
