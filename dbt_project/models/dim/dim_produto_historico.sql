-- One row per version of a product: what was true of it from valido_de until valido_ate.
{{ config(unique_key='produto_versao_id', full_refresh=false) }}

{% set colunas = [
    'nome_produto', 'categoria', 'subcategoria', 'linha_produto', 'marca', 'situacao_produto',
    'preco_custo', 'preco_sugerido'
] %}

with

membros as (

    select
        produto_id,
        produto_original_id,
        nome_produto,
        categoria,
        subcategoria,
        linha_produto,
        marca,
        situacao_produto,
        preco_custo,
        preco_sugerido,
        coalesce(
            {{ hora_local('atualizado_em') }}, {{ hora_local(hora_da_carga('_dlt_load_id')) }}
        ) as muda_em,
        _dlt_load_id
    from {{ ref('dim_produto') }}
    where
        not {{ eh('eh_inferido') }}
    {%- if is_incremental() %}
        -- The row -1 is of no load: a first build that died before its rows came lacks it.
        and (_dlt_load_id > {{ ultima_carga() }} or produto_id = -1)
        -- A version must not be of a load that facts have seen already.
        and {{ sem_carga_em_curso('products') }}
    {%- endif %}

),

{% if is_incremental() %}
atuais as (

    select *
    from {{ this }}
    where {{ eh('eh_atual') }}

),

mudados as (

    {{ membros_mudados('produto', colunas) }}

),

{% endif %}
versoes as (

    {{ versoes('produto', colunas) }}

),

final as (

    select
        ---------- chaves
        {{ versao_id('produto') }} as produto_versao_id,
        produto_id,
        produto_original_id,
        versao,

        ---------- atributos
        nome_produto,
        categoria,
        subcategoria,
        linha_produto,
        marca,
        situacao_produto,
        preco_custo,
        preco_sugerido,

        ---------- validade
        valido_de,
        valido_ate,
        {{ booleano('valido_ate = ' ~ fim_dos_tempos()) }} as eh_atual,
        _dlt_load_id

    from versoes

)

select * from final
