{#
    The tables of a schema, which may not be there yet, in the form of SHOW TABLE EXTENDED, which
    Iceberg does not have: all are its own, so none needs to be described.
#}
{% macro spark__list_relations_without_caching(relation) -%}
    {%- set tabelas = [] -%}
    {%- if relation.schema in run_query('show schemas').columns[0].values() -%}
        {%- for tabela in run_query('show tables in ' ~ relation.schema) -%}
            {%- do tabelas.append([relation.schema, tabela['tableName'], false, 'Provider: iceberg']) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(tabelas) }}
{%- endmacro %}
