{#
    Have a model wait for one that it does not read, and be skipped when that one, or a test on it,
    fails. A ref in a comment would say the same, until somebody deletes the comment.
#}
{% macro espera_por(modelo) -%}
    {%- do ref(modelo) -%}
{%- endmacro %}
