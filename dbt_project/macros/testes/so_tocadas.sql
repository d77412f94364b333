{#
    A daily run tests the rows that its loads have touched: those before were tested when they
    came. DW_TESTED_LOAD is the newest load that all tests have passed; without it all rows are
    tested. Of a dimension they always are, and what adds up or joins whole tables does so always.
#}
{% macro so_tocadas() -%}
    {%- set testada = env_var('DW_TESTED_LOAD', '') if execute else '' -%}
    {%- if testada and tem_cargas(model.depends_on.nodes[0]) -%}
        _dlt_load_id > '{{ testada }}'
    {%- endif -%}
{%- endmacro %}
