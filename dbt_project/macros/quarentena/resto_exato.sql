{% macro resto_exato(inteiro, parte, resto) -%}
    case
        when abs({{ inteiro }} - {{ parte }} - {{ resto }}) <= 0.0001 and {{ resto }} > {{ inteiro }}
            then cast({{ inteiro }} - {{ parte }} as decimal(18, 4))
        else {{ resto }}
    end
{%- endmacro %}
