{# Until when the current version is valid. #}
{% macro fim_dos_tempos() -%}
    cast('9999-12-31' as {{ dbt.type_timestamp() }})
{%- endmacro %}
