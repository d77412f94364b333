{# Indexes are what a first build makes: no look at the catalogue before each merge. #}
{% macro sqlserver__reconcile_indexes(relation) -%}
{%- endmacro %}
