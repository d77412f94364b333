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

{# Whether two texts are equal to the last character; T-SQL ignores blanks at their ends. #}
{% macro mesmo_texto(um, outro) -%}
    {{ return(adapter.dispatch('mesmo_texto', 'dw_ecommerce')(um, outro)) }}
{%- endmacro %}

{% macro default__mesmo_texto(um, outro) -%}
    {{ um }} = {{ outro }}
{%- endmacro %}

{% macro sqlserver__mesmo_texto(um, outro) -%}
    concat({{ um }}, '|') = concat({{ outro }}, '|')
{%- endmacro %}

{% macro inteiro_ou_nulo(expressao) -%}
    {{ return(adapter.dispatch('inteiro_ou_nulo', 'dw_ecommerce')(expressao)) }}
{%- endmacro %}

{% macro default__inteiro_ou_nulo(expressao) -%}
    try_cast({{ expressao }} as bigint)
{%- endmacro %}

{% macro md5_62_bits(expressao) -%}
    {{ return(adapter.dispatch('md5_62_bits', 'dw_ecommerce')(expressao)) }}
{%- endmacro %}

{% macro duckdb__md5_62_bits(expressao) -%}
    cast(
        cast('0x' || substr(md5({{ expressao }}), 1, 16) as ubigint) & 4611686018427387903 as bigint
    )
{%- endmacro %}

{# HASHBYTES of nvarchar would hash UTF-16; the other engines hash UTF-8. #}
{% macro sqlserver__md5_62_bits(expressao) -%}
    (
        cast(
            substring(
                hashbytes(
                    'MD5',
                    cast({{ expressao }} collate Latin1_General_100_BIN2_UTF8 as varchar(512))
                ), 1, 8
            ) as bigint
        ) & cast(4611686018427387903 as bigint)
    )
{%- endmacro %}

{% macro spark__md5_62_bits(expressao) -%}
    (
        cast(conv(substr(md5({{ expressao }}), 2, 15), 16, 10) as bigint)
        + (cast(conv(substr(md5({{ expressao }}), 1, 1), 16, 10) as bigint) % 4)
        * 1152921504606846976
    )
{%- endmacro %}
