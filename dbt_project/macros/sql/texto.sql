{# A Unicode text of at most n characters: T-SQL has a type of its own for Portuguese. #}
{% macro texto(expressao, tamanho) -%}
    {{ return(adapter.dispatch('texto', 'dw_ecommerce')(expressao, tamanho)) }}
{%- endmacro %}

{% macro default__texto(expressao, tamanho) -%}
    cast({{ expressao }} as varchar({{ tamanho }}))
{%- endmacro %}

{% macro sqlserver__texto(expressao, tamanho) -%}
    cast({{ expressao }} as nvarchar({{ tamanho }}))
{%- endmacro %}
