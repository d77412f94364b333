-- One row per region (a city of a state), and the row -1.
{{ config(unique_key='regiao_id', incremental_predicates=['1 = 1']) }}

with

regioes as (

    select
        region_id, region_code, country, region_name, state, state_name, city, ibge_code,
        is_active, deleted_at
    from {{ ref('stg_oltp__regions') }}

),

membros as (

    {{ membros(
        'stg_oltp__regions', 'region_id',
        citada_em=[('stg_oltp__orders', 'region_id'), ('stg_oltp__teams', 'region_id')]
    ) }}

),

final as (

    select
        ---------- chaves
        {{ chave('membros.region_id') }} as regiao_id,
        {{ texto("coalesce(membros.region_id, '-1')", 128) }} as regiao_original_id,

        ---------- textos
        {{ texto('regioes.region_code', 255) }} as codigo_regiao,
        {{ nao_informado('regioes.region_name', 255) }} as regiao_pais,
        {{ nao_informado('regioes.state', 255) }} as estado,
        {{ nao_informado('regioes.state_name', 255) }} as nome_estado,
        {{ nao_informado('regioes.city', 255) }} as cidade,
        {{ nao_informado('regioes.country', 255) }} as pais,
        {{ texto('regioes.ibge_code', 255) }} as codigo_ibge,

        ---------- situação
        regioes.is_active as eh_ativa,
        {{ booleano('membros.inferido = 1') }} as eh_inferido,
        {{ booleano('regioes.deleted_at is not null') }} as eh_excluido,
        membros._dlt_load_id

    from membros
    left join regioes on membros.region_id = regioes.region_id

)

select * from final
