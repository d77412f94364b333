{#
    The surrogate key of a source key (text): a 64-bit integer, equal in every engine.

    A source key that is a natural number stands for itself, so that it cannot collide and costs
    no hash. Any other text becomes -2 - (62 bits of its MD5): negative, hence never equal to a
    natural number nor to -1, which is the key of "Não informado" and of null.
#}
{% macro chave(expressao) -%}
    coalesce(
        case
            when {{ mesmo_texto('cast(' ~ inteiro_ou_nulo(expressao) ~ ' as varchar(128))', expressao) }}
                and {{ inteiro_ou_nulo(expressao) }} >= 0
                then {{ inteiro_ou_nulo(expressao) }}
            else -2 - {{ md5_62_bits(expressao) }}
        end,
        -1
    )
{%- endmacro %}
