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
