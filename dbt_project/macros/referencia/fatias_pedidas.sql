{% macro fatias_pedidas(disponiveis) -%}
    {{ return(disponiveis | select('in', var('por', [])) | list) }}
{%- endmacro %}
