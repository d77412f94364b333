{% macro booleano(condicao) -%}
    cast(case when {{ condicao }} then 1 else 0 end as {{ dbt.type_boolean() }})
{%- endmacro %}
