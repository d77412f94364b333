{% macro inteiro_ou_nulo(expressao) -%}
    {{ return(adapter.dispatch('inteiro_ou_nulo', 'dw_ecommerce')(expressao)) }}
{%- endmacro %}

{% macro default__inteiro_ou_nulo(expressao) -%}
    try_cast({{ expressao }} as bigint)
{%- endmacro %}
