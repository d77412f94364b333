{# One of those that sqlserver__list_relations_without_caching lists. #}
{% macro sqlserver__get_relation_without_caching(schema_relation) -%}
    {{ return(relacoes(schema_relation, schema_relation.identifier)) }}
{%- endmacro %}
