{# The condition that two rows have the same key: a column, or a list of columns. #}
{% macro mesma_chave(chave, um, outro) -%}
    {%- for coluna in ([chave] if chave is string else chave) -%}
    {{ ' and ' if not loop.first }}{{ um }}.{{ coluna }} = {{ outro }}.{{ coluna }}
    {%- endfor -%}
{%- endmacro %}
