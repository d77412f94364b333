{#
    Members whose values are not those of their current version, with whether the change is newer
    than that version and so opens the next one. Of the CTEs membros and atuais.
#}
{% macro membros_mudados(membro, colunas) -%}
    select
        membros.*,
        atuais.versao as versao_atual,
        atuais.valido_de as valido_de_atual,
        case when membros.muda_em > atuais.valido_de then 1 else 0 end as abre_versao
    from membros
    inner join atuais on membros.{{ membro }}_id = atuais.{{ membro }}_id
    where
        {%- for coluna in colunas %}
        {{ 'or ' if not loop.first }}membros.{{ coluna }} <> atuais.{{ coluna }}
        or (membros.{{ coluna }} is null and atuais.{{ coluna }} is not null)
        or (membros.{{ coluna }} is not null and atuais.{{ coluna }} is null)
        {%- endfor %}
{%- endmacro %}
