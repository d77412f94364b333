{#
    What a run merges is computed once and kept, and what reads it plans nothing of it again: a view
    would be planned by the check of its columns, by the months and twice by the MERGE.
#}
{% macro spark__create_temporary_view(relation, compiled_code) -%}
    {#- Of a session that has built this model before. -#}
    {%- do run_query('drop table if exists ' ~ relation) -%}
    cache table {{ relation }} as
    {{ compiled_code }}
{%- endmacro %}
