{# Values of a key of several columns that stand in more than one row. #}
{% test chave_unica(model, colunas) %}
{{ repetidas(model, colunas) }}
{% endtest %}
