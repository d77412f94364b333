{#
    A whole slowly changing dimension of type 2 over a type 1 dimension, as an incremental merge.

    The first version of a key covers all dates before its first change. A change that is newer
    than the current version closes it and opens the next; one that claims to be as old or older
    (a clock that jumped back) corrects the current version in place, so that validity intervals
    neither overlap nor leave gaps. A version keeps the load that opened or corrected it, which is
    how facts learn that their version has changed; hence it waits while `entidade`, where its
    columns come from, is half loaded: a version must not be of a load that facts have seen.
    Source: Kimball, The Data Warehouse Toolkit, 3rd ed., ch. 5.
#}
{% macro historico(dimensao, entidade, membro, colunas) %}
{%- set inicio = "cast('1900-01-01' as " ~ dbt.type_timestamp() ~ ")" -%}
{%- set fim = "cast('9999-12-31' as " ~ dbt.type_timestamp() ~ ")" -%}
{%- set muda_em -%}
    coalesce({{ hora_local('atualizado_em') }}, {{ hora_local(hora_da_carga('_dlt_load_id')) }})
{%- endset -%}
with

membros as (

    select
        {{ membro }}_id,
        {{ membro }}_original_id,
        {%- for coluna in colunas %}
        {{ coluna }},
        {%- endfor %}
        {{ muda_em }} as muda_em,
        _dlt_load_id
    from {{ dimensao }}
    where
        not {{ eh('eh_inferido') }}
        {%- if is_incremental() %}
        -- The row -1 is of no load: a first build that died before its rows came lacks it.
        and (_dlt_load_id > {{ ultima_carga() }} or {{ membro }}_id = -1)
        and {{ sem_carga_em_curso(entidade) }}
        {%- endif %}

),

{% if is_incremental() %}
atuais as (

    select *
    from {{ this }}
    where {{ eh('eh_atual') }}

),

mudados as (

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

),

{% endif %}
versoes as (

    -- first versions
    select
        membros.{{ membro }}_id,
        membros.{{ membro }}_original_id,
        {%- for coluna in colunas %}
        membros.{{ coluna }},
        {%- endfor %}
        1 as versao,
        {{ inicio }} as valido_de,
        {{ fim }} as valido_ate,
        membros._dlt_load_id
    from membros
    {%- if is_incremental() %}
    left join atuais on membros.{{ membro }}_id = atuais.{{ membro }}_id
    where atuais.{{ membro }}_id is null

    union all

    -- the next version, or the current one corrected in place
    select
        {{ membro }}_id,
        {{ membro }}_original_id,
        {%- for coluna in colunas %}
        {{ coluna }},
        {%- endfor %}
        versao_atual + abre_versao as versao,
        case when abre_versao = 1 then muda_em else valido_de_atual end as valido_de,
        {{ fim }} as valido_ate,
        _dlt_load_id
    from mudados

    union all

    -- the version that the next one closes
    select
        atuais.{{ membro }}_id,
        atuais.{{ membro }}_original_id,
        {%- for coluna in colunas %}
        atuais.{{ coluna }},
        {%- endfor %}
        atuais.versao,
        atuais.valido_de,
        mudados.muda_em as valido_ate,
        atuais._dlt_load_id
    from mudados
    inner join atuais on mudados.{{ membro }}_id = atuais.{{ membro }}_id
    where mudados.abre_versao = 1
    {%- endif %}

),

final as (

    select
        ---------- chaves
        case
            when {{ membro }}_id = -1 then cast(-1 as bigint)
            else {{ chave("concat(" ~ membro ~ "_original_id, '|', cast(versao as varchar(10)))") }}
        end as {{ membro }}_versao_id,
        {{ membro }}_id,
        {{ membro }}_original_id,
        versao,

        ---------- atributos
        {%- for coluna in colunas %}
        {{ coluna }},
        {%- endfor %}

        ---------- validade
        valido_de,
        valido_ate,
        {{ booleano("valido_ate = " ~ fim) }} as eh_atual,
        _dlt_load_id

    from versoes

)

select * from final
{% endmacro %}
