-- One row per version of a customer: what was true of it from valido_de until valido_ate.
{{ config(unique_key='cliente_versao_id', full_refresh=false) }}

{% set colunas = [
    'tipo_cliente', 'segmento', 'categoria_valor', 'cidade', 'estado', 'pais', 'eh_vip', 'eh_ativo'
] %}

with

membros as (

    select
        cliente_id,
        cliente_original_id,
        tipo_cliente,
        segmento,
        categoria_valor,
        cidade,
        estado,
        pais,
        eh_vip,
        eh_ativo,
        coalesce(
            {{ hora_local('atualizado_em') }}, {{ hora_local(hora_da_carga('_dlt_load_id')) }}
        ) as muda_em,
        _dlt_load_id
    from {{ ref('dim_cliente') }}
    where
        not {{ eh('eh_inferido') }}
    {%- if is_incremental() %}
        -- The row -1 is of no load: a first build that died before its rows came lacks it.
        and (_dlt_load_id > {{ ultima_carga() }} or cliente_id = -1)
        -- A version must not be of a load that facts have seen already.
        and {{ sem_carga_em_curso('customers') }}
    {%- endif %}

),

{% if is_incremental() %}
atuais as (

    select *
    from {{ this }}
    where {{ eh('eh_atual') }}

),

mudados as (

    {{ membros_mudados('cliente', colunas) }}

),

{% endif %}
versoes as (

    {{ versoes('cliente', colunas) }}

),

final as (

    select
        ---------- chaves
        {{ versao_id('cliente') }} as cliente_versao_id,
        cliente_id,
        cliente_original_id,
        versao,

        ---------- atributos
        tipo_cliente,
        segmento,
        categoria_valor,
        cidade,
        estado,
        pais,
        eh_vip,
        eh_ativo,

        ---------- validade
        valido_de,
        valido_ate,
        {{ booleano('valido_ate = ' ~ fim_dos_tempos()) }} as eh_atual,
        _dlt_load_id

    from versoes

)

select * from final
