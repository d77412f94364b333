{# Orders that finance books as a sale; Pendente is a cart with a number. #}
{% macro status_de_venda() -%}
    ('Pago', 'Faturado', 'Enviado', 'Entregue', 'Devolvido')
{%- endmacro %}

{# The source's enumerations have no accents; people read them with. #}
{% macro com_acentos(coluna, tamanho) -%}
    {%- set acentuados = {
        'Pessoa Fisica': 'Pessoa Física',
        'Pessoa Juridica': 'Pessoa Jurídica',
        'Promocao Automatica': 'Promoção Automática',
        'Frete Gratis': 'Frete Grátis',
        'Produto Especifico': 'Produto Específico'
    } -%}
    {%- set casos -%}
        case {{ coluna }}
            {%- for sem, com in acentuados.items() %}
            when '{{ sem }}' then {{ literal(com) }}
            {%- endfor %}
            else {{ coluna }}
        end
    {%- endset -%}
    {{ texto(casos, tamanho) }}
{%- endmacro %}

{# The text that stands for what is not known. #}
{% macro nao_informado(coluna, tamanho) -%}
    {{ texto("coalesce(" ~ coluna ~ ", " ~ literal('Não informado') ~ ")", tamanho) }}
{%- endmacro %}
