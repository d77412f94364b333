{# Whether two texts are equal to the last character; T-SQL ignores blanks at their ends. #}
{% macro mesmo_texto(um, outro) -%}
    {{ return(adapter.dispatch('mesmo_texto', 'dw_ecommerce')(um, outro)) }}
{%- endmacro %}

{% macro default__mesmo_texto(um, outro) -%}
    {{ um }} = {{ outro }}
{%- endmacro %}

{% macro sqlserver__mesmo_texto(um, outro) -%}
    concat({{ um }}, '|') = concat({{ outro }}, '|')
{%- endmacro %}
