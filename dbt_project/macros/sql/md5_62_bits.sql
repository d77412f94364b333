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
