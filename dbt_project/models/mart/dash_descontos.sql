-- One row per discount application on a sale, with the names that people filter by.
{{ config(
    materialized='incremental',
    unique_key='aplicacao_id',
    incremental_predicates=[
        "aplicacao_id in (select aplicacao_id from intermediate.int_dash_descontos__aplicacoes_afetadas)"
    ]
) }}
{{ espera_por('feature_gates') }}
with

aplicacoes as (

    select *
    from {{ ref('fact_descontos') }}
    {%- if is_incremental() %}
    where
        aplicacao_id in (
            select afetadas.aplicacao_id from {{ ref('int_dash_descontos__aplicacoes_afetadas') }} as afetadas
        )
    {%- endif %}

),

final as (

    select
        ---------- chaves
        aplicacoes.aplicacao_id,
        aplicacoes.desconto_id,
        aplicacoes.venda_id,
        aplicacoes.pedido_id,
        aplicacoes.produto_id,
        aplicacoes.vendedor_id,
        aplicacoes.equipe_id,
        aplicacoes.regiao_id,
        aplicacoes.data_id,

        ---------- quando
        datas.data,
        datas.ano_mes,

        ---------- quem, o quê, onde
        descontos.codigo_desconto,
        descontos.nome_campanha,
        descontos.tipo_desconto,
        descontos.metodo_desconto,
        descontos.aplica_em,
        produtos.nome_produto,
        produtos.categoria,
        produtos.subcategoria,
        regioes.regiao_pais,
        regioes.estado,
        vendedores.nome_vendedor,
        equipes.nome_equipe,
        equipes.regional,
        aplicacoes.canal_venda,
        aplicacoes.nivel_aplicacao,
        aplicacoes.status_margem,
        aplicacoes.motivo_rejeicao,

        ---------- medidas
        aplicacoes.valor_desconto_aplicado,
        aplicacoes.valor_sem_desconto,
        aplicacoes.valor_com_desconto,
        aplicacoes.margem_antes_desconto,
        aplicacoes.margem_apos_desconto,
        aplicacoes.impacto_margem,
        aplicacoes.percentual_desconto_efetivo,
        aplicacoes.desconto_aprovado,
        aplicacoes._dlt_load_id

    from aplicacoes
    inner join {{ ref('dim_data') }} as datas on aplicacoes.data_id = datas.data_id
    inner join {{ ref('dim_desconto') }} as descontos
        on aplicacoes.desconto_id = descontos.desconto_id
    inner join {{ ref('dim_produto') }} as produtos
        on aplicacoes.produto_id = produtos.produto_id
    inner join {{ ref('dim_regiao') }} as regioes on aplicacoes.regiao_id = regioes.regiao_id
    inner join {{ ref('dim_vendedor') }} as vendedores
        on aplicacoes.vendedor_id = vendedores.vendedor_id
    inner join {{ ref('dim_equipe') }} as equipes on aplicacoes.equipe_id = equipes.equipe_id

)

select * from final
