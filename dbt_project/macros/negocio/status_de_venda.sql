{# Orders that finance books as a sale; Pendente is a cart with a number. #}
{% macro status_de_venda() -%}
    ('Pago', 'Faturado', 'Enviado', 'Entregue', 'Devolvido')
{%- endmacro %}
