{#
    Types of columns are the contract's: what a SELECT gives is converted to them, in a first
    build by INSERT, later by MERGE, so only a column more or less is a change.
#}
{% macro sqlserver__diff_column_data_types(source_columns, target_columns) -%}
    {{ return([]) }}
{%- endmacro %}
