{# The surrogate key of a version: a function of the member's key and its number. #}
{% macro versao_id(membro) -%}
    case
            when {{ membro }}_id = -1 then cast(-1 as bigint)
            else {{ chave("concat(" ~ membro ~ "_original_id, '|', cast(versao as varchar(10)))") }}
        end
{%- endmacro %}
