{#
    numerador / denominador rounded half away from zero to `casas` decimals, exactly: in integers,
    since each engine divides decimals in its own way. Both are DECIMAL(38, 4); a denominator that
    is 0 or null gives null. Returns DECIMAL(digitos, casas).
#}
{% macro razao(numerador, denominador, casas=4, digitos=18) -%}
    {{ return(adapter.dispatch('razao', 'dw_ecommerce')(numerador, denominador, casas, digitos)) }}
{%- endmacro %}

{% macro default__razao(numerador, denominador, casas, digitos) -%}
    {%- set n = "cast(abs(" ~ numerador ~ ") * 10000 as decimal(38, 0))" -%}
    {%- set d = "cast(abs(" ~ denominador ~ ") * 10000 as decimal(38, 0))" -%}
    {%- set a = "(2 * " ~ n ~ " * " ~ 10 ** casas ~ " + " ~ d ~ ")" -%}
    {%- set b = "nullif(2 * " ~ d ~ ", 0)" -%}
    {#- SIGN is a double on Spark #}
    cast(
        case when {{ numerador }} < 0 then -1 else 1 end
        * case when {{ denominador }} < 0 then -1 else 1 end
        * cast(({{ a }} - {{ a }} % {{ b }}) / {{ b }} as decimal(30, 0))
        / {{ 10 ** casas }} as decimal({{ digitos }}, {{ casas }})
    )
{%- endmacro %}

{% macro duckdb__razao(numerador, denominador, casas, digitos) -%}
    {%- set n = "cast(abs(" ~ numerador ~ ") * 10000 as hugeint)" -%}
    {%- set d = "cast(abs(" ~ denominador ~ ") * 10000 as hugeint)" -%}
    cast(
        sign({{ numerador }}) * sign({{ denominador }})
        * cast(
            (2 * {{ n }} * {{ 10 ** casas }} + {{ d }}) // nullif(2 * {{ d }}, 0) as decimal(30, 0)
        )
        * cast({{ '%.*f' | format(casas, 10 ** -casas) }} as decimal(8, {{ casas }}))
        as decimal({{ digitos }}, {{ casas }})
    )
{%- endmacro %}
