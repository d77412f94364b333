{#
    The condition, after others, that a day is in a month of an aggregate or a mart that is not what
    its fact says: DW_REBUILD names tables and months.
#}
{% macro em_meses_a_refazer(modelo, dia) -%}
    {%- set meses = fromjson(env_var('DW_REBUILD', '{}')).get(modelo, []) if execute else [] -%}
    {%- if meses %}
        or floor({{ dia }} / 100.0) in ({{ meses | join(', ') }})
    {%- endif -%}
{%- endmacro %}
