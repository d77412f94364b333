-- One row per seller, with current values, team and manager, and the row -1.
{{ config(unique_key='vendedor_id', incremental_predicates=['1 = 1']) }}

with

vendedores as (

    select
        seller_id, seller_code, seller_name, team_id, manager_seller_id, home_state, home_city,
        monthly_goal_amount, hire_date, seller_status, updated_at, deleted_at, _dlt_load_id
    from {{ ref('stg_oltp__sellers') }}

),

equipes as (

    select equipe_id, nome_equipe, regional, _dlt_load_id
    from {{ ref('dim_equipe') }}

),

membros as (

    {{ membros(
        'stg_oltp__sellers', 'seller_id',
        citada_em=[
            ('stg_oltp__orders', 'seller_id'),
            ('stg_oltp__order_items', 'seller_id'),
            ('stg_oltp__seller_targets_monthly', 'seller_id'),
            ('stg_oltp__sellers', 'manager_seller_id')
        ]
    ) }}

),

final as (

    select
        ---------- chaves
        {{ chave('membros.seller_id') }} as vendedor_id,
        {{ texto("coalesce(membros.seller_id, '-1')", 128) }} as vendedor_original_id,
        equipes.equipe_id,
        {{ chave('vendedores.manager_seller_id') }} as gerente_id,

        ---------- textos
        {{ texto('vendedores.seller_code', 255) }} as codigo_vendedor,
        {{ nao_informado('vendedores.seller_name', 255) }} as nome_vendedor,
        equipes.nome_equipe,
        equipes.regional,
        {{ nao_informado('gerentes.seller_name', 255) }} as nome_gerente,
        {{ nao_informado('vendedores.home_state', 255) }} as estado,
        {{ nao_informado('vendedores.home_city', 255) }} as cidade,
        {{ nao_informado('vendedores.seller_status', 255) }} as situacao_vendedor,

        ---------- números e datas
        vendedores.monthly_goal_amount as meta_mensal,
        vendedores.hire_date as data_admissao,

        ---------- situação
        {{ booleano('membros.inferido = 1') }} as eh_inferido,
        {{ booleano('vendedores.deleted_at is not null') }} as eh_excluido,
        vendedores.updated_at as atualizado_em,
        {{ maior([
            'membros._dlt_load_id',
            'equipes._dlt_load_id',
            "coalesce(gerentes._dlt_load_id, '')"
        ]) }} as _dlt_load_id

    from membros
    left join vendedores on membros.seller_id = vendedores.seller_id
    inner join equipes on {{ chave('vendedores.team_id') }} = equipes.equipe_id
    left join vendedores as gerentes on vendedores.manager_seller_id = gerentes.seller_id

)

select * from final
