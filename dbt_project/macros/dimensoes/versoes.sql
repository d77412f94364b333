{#
    The versions of a slowly changing dimension of type 2 that a run writes: first ones, and of
    members that have changed the next and the one that it closes. Of the CTEs membros and, in an
    incremental run, atuais and mudados.

    The first version of a key covers all dates before its first change. A change that is newer
    than the current version closes it and opens the next; one that claims to be as old or older
    (a clock that jumped back) corrects the current version in place, so that validity intervals
    neither overlap nor leave gaps. A version keeps the load that opened or corrected it, which is
    how facts learn that their version has changed.
    Source: Kimball, The Data Warehouse Toolkit, 3rd ed., ch. 5.
#}
{% macro versoes(membro, colunas) -%}
    {%- set atributos = [membro ~ '_id', membro ~ '_original_id'] + colunas -%}
    select
        membros.{{ atributos | join(',\n        membros.') }},
        1 as versao,
        {{ inicio_dos_tempos() }} as valido_de,
        {{ fim_dos_tempos() }} as valido_ate,
        membros._dlt_load_id
    from membros
    {%- if is_incremental() %}
    left join atuais on membros.{{ membro }}_id = atuais.{{ membro }}_id
    where atuais.{{ membro }}_id is null

    union all

    -- the next version, or the current one corrected in place
    select
        {{ atributos | join(',\n        ') }},
        versao_atual + abre_versao as versao,
        case when abre_versao = 1 then muda_em else valido_de_atual end as valido_de,
        {{ fim_dos_tempos() }} as valido_ate,
        _dlt_load_id
    from mudados

    union all

    -- the version that the next one closes
    select
        atuais.{{ atributos | join(',\n        atuais.') }},
        atuais.versao,
        atuais.valido_de,
        mudados.muda_em as valido_ate,
        atuais._dlt_load_id
    from mudados
    inner join atuais on mudados.{{ membro }}_id = atuais.{{ membro }}_id
    where mudados.abre_versao = 1
    {%- endif %}
{%- endmacro %}
