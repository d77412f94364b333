{# The text that stands for what is not known. #}
{% macro nao_informado(coluna, tamanho) -%}
    {{ texto("coalesce(" ~ coluna ~ ", " ~ literal('Não informado') ~ ")", tamanho) }}
{%- endmacro %}
