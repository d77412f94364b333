{# From when on a first version is valid. #}
{% macro inicio_dos_tempos() -%}
    cast('1900-01-01' as {{ dbt.type_timestamp() }})
{%- endmacro %}
