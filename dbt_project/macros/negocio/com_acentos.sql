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
