-- One row per version of a seller: what was true of them from valido_de until valido_ate.
{{ config(unique_key='vendedor_versao_id', full_refresh=false) }}

{% set colunas = [
    'equipe_id', 'gerente_id', 'estado', 'cidade', 'situacao_vendedor', 'meta_mensal'
] %}

with

membros as (

    select
        vendedor_id,
        vendedor_original_id,
        equipe_id,
        gerente_id,
        estado,
        cidade,
        situacao_vendedor,
        meta_mensal,
        coalesce(
            {{ hora_local('atualizado_em') }}, {{ hora_local(hora_da_carga('_dlt_load_id')) }}
        ) as muda_em,
        _dlt_load_id
    from {{ ref('dim_vendedor') }}
    where
        not {{ eh('eh_inferido') }}
    {%- if is_incremental() %}
        -- The row -1 is of no load: a first build that died before its rows came lacks it.
        and (_dlt_load_id > {{ ultima_carga() }} or vendedor_id = -1)
        -- A version must not be of a load that facts have seen already.
        and {{ sem_carga_em_curso('sellers') }}
    {%- endif %}

),

{% if is_incremental() %}
atuais as (

    select *
    from {{ this }}
    where {{ eh('eh_atual') }}

),

mudados as (

    {{ membros_mudados('vendedor', colunas) }}

),

{% endif %}
versoes as (

    {{ versoes('vendedor', colunas) }}

),

final as (

    select
        ---------- chaves
        {{ versao_id('vendedor') }} as vendedor_versao_id,
        vendedor_id,
        vendedor_original_id,
        versao,

        ---------- atributos
        equipe_id,
        gerente_id,
        estado,
        cidade,
        situacao_vendedor,
        meta_mensal,

        ---------- validade
        valido_de,
        valido_ate,
        {{ booleano('valido_ate = ' ~ fim_dos_tempos()) }} as eh_atual,
        _dlt_load_id

    from versoes

)

select * from final
