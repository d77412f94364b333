{# yyyymmdd of a date or timestamp, the key of dim_data; null gives -1. #}
{% macro data_id(coluna) -%}
    cast(
        coalesce(year({{ coluna }}) * 10000 + month({{ coluna }}) * 100 + day({{ coluna }}), -1)
        as int
    )
{%- endmacro %}
