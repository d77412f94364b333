{# A Unicode literal. #}
{% macro literal(valor) -%}
    {{ return(adapter.dispatch('literal', 'dw_ecommerce')(valor)) }}
{%- endmacro %}

{% macro default__literal(valor) -%}
    '{{ valor }}'
{%- endmacro %}

{% macro sqlserver__literal(valor) -%}
    N'{{ valor }}'
{%- endmacro %}
