{# The minute of a load, UTC: dlt's load ids are seconds since 1970. Null for the row -1. #}
{% macro hora_da_carga(coluna) -%}
    {{ dbt.dateadd(
        'minute',
        "cast(floor(cast(nullif(" ~ coluna ~ ", '') as decimal(20, 6)) / 60) as int)",
        "cast('1970-01-01' as " ~ dbt.type_timestamp() ~ ")"
    ) }}
{%- endmacro %}
