{# A flag as a condition, and a condition as a flag: T-SQL has no boolean expressions. #}
{% macro eh(coluna) -%}
    cast({{ coluna }} as int) = 1
{%- endmacro %}
