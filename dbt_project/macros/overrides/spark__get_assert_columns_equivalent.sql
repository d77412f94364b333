{# Types of columns are the contract's: a first build converts to them, a MERGE does by itself. #}
{% macro spark__get_assert_columns_equivalent(sql) -%}
{%- endmacro %}
