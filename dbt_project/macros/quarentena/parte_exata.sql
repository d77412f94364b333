{#
    The second and the third of three amounts of which the first less the second is the third: where
    they differ by a last decimal, whole and rest stand, as invoiced.
#}
{% macro parte_exata(inteiro, parte, resto) -%}
    case
        when abs({{ inteiro }} - {{ parte }} - {{ resto }}) <= 0.0001 and {{ resto }} <= {{ inteiro }}
            then cast({{ inteiro }} - {{ resto }} as decimal(18, 4))
        else {{ parte }}
    end
{%- endmacro %}
