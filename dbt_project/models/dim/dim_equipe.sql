-- One row per sales team, with its region, leader and number of members, and the row -1.
{{ config(unique_key='equipe_id', incremental_predicates=['1 = 1']) }}

with

equipes as (

    select
        team_id, team_code, team_name, team_type, team_category, region_id, is_active, deleted_at
    from {{ ref('stg_oltp__teams') }}

),

regioes as (

    select region_id, region_name, state, _dlt_load_id
    from {{ ref('stg_oltp__regions') }}

),

vendedores as (

    select seller_id, seller_name, team_id, manager_seller_id, _dlt_load_id
    from {{ ref('stg_oltp__sellers') }}
    where is_live = 1

),

contagens as (

    select
        team_id,
        count(*) as quantidade_membros,
        max(_dlt_load_id) as _dlt_load_id
    from vendedores
    where team_id is not null
    group by team_id

),

chefias as (

    -- how many members of the team report to each of its members
    select
        chefes.team_id,
        chefes.seller_id,
        chefes.seller_name,
        row_number() over (
            partition by chefes.team_id
            order by count(*) desc, chefes.seller_id asc
        ) as posicao
    from vendedores as membros_da_equipe
    inner join vendedores as chefes
        on
            membros_da_equipe.manager_seller_id = chefes.seller_id
            and membros_da_equipe.team_id = chefes.team_id
    group by chefes.team_id, chefes.seller_id, chefes.seller_name

),

membros as (

    {{ membros(
        'stg_oltp__teams', 'team_id', citada_em=[('stg_oltp__sellers', 'team_id')]
    ) }}

),

final as (

    select
        ---------- chaves
        {{ chave('membros.team_id') }} as equipe_id,
        {{ texto("coalesce(membros.team_id, '-1')", 128) }} as equipe_original_id,
        {{ chave('equipes.region_id') }} as regiao_id,
        {{ chave('chefias.seller_id') }} as lider_id,

        ---------- textos
        {{ texto('equipes.team_code', 255) }} as codigo_equipe,
        {{ nao_informado('equipes.team_name', 255) }} as nome_equipe,
        {{ nao_informado('equipes.team_type', 255) }} as tipo_equipe,
        {{ nao_informado('equipes.team_category', 255) }} as categoria_equipe,
        {{ nao_informado('regioes.region_name', 255) }} as regional,
        {{ nao_informado('chefias.seller_name', 255) }} as nome_lider,

        ---------- números
        cast(coalesce(contagens.quantidade_membros, 0) as int) as quantidade_membros,

        ---------- situação
        equipes.is_active as eh_ativa,
        {{ booleano('membros.inferido = 1') }} as eh_inferido,
        {{ booleano('equipes.deleted_at is not null') }} as eh_excluido,
        {{ maior([
            'membros._dlt_load_id',
            "coalesce(regioes._dlt_load_id, '')",
            "coalesce(contagens._dlt_load_id, '')"
        ]) }} as _dlt_load_id

    from membros
    left join equipes on membros.team_id = equipes.team_id
    left join regioes on equipes.region_id = regioes.region_id
    left join contagens on membros.team_id = contagens.team_id
    left join chefias on membros.team_id = chefias.team_id and chefias.posicao = 1

)

select * from final
