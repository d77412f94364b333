{#
    What dbt-sqlserver does and this project has otherwise. The macros have the adapter's names,
    which a project may take over; the other adapters never call them.
#}

{# No query labels: a server may speak T-SQL and not know them. #}
{% macro get_query_options(parse_options=False) -%}
{%- endmacro %}
