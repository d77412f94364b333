{#
    Tables and views of a schema, in the database as it is configured: the adapter's own say its
    name as the server has it, and a table is none to dbt where the two differ in case.
#}
{% macro sqlserver__list_relations_without_caching(schema_relation) -%}
    {{ return(relacoes(schema_relation)) }}
{%- endmacro %}
