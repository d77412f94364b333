{# The greatest of the expressions, nulls left out; T-SQL has GREATEST only from 2022. #}
{% macro maior(expressoes) -%}
    {{ return(adapter.dispatch('maior', 'dw_ecommerce')(expressoes)) }}
{%- endmacro %}

{% macro default__maior(expressoes) -%}
    greatest({{ expressoes | join(', ') }})
{%- endmacro %}

{% macro sqlserver__maior(expressoes) -%}
    (select max(v.valor) from (values ({{ expressoes | join('), (') }})) as v (valor))
{%- endmacro %}
