{# 1 for a row that the source has not deleted and that can be believed, else 0. #}
{% macro esta_viva(entidade) -%}
    case
        when
            deleted_at is null
            and _hard_deleted_at is null
            and {{ motivo_quarentena(entidade) }} is null
            then 1
        else 0
    end
{%- endmacro %}
