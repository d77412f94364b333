-- One row per seller × period with a target, with the team of the period and the team of today.
-- depends_on: {{ ref('feature_gates') }}
with

metas as (

    select *
    from {{ ref('fact_metas') }}

),

final as (

    select
        ---------- chaves
        metas.meta_id,
        metas.vendedor_id,
        metas.equipe_id,
        metas.data_id,

        ---------- quando
        datas.data as data_inicio,
        datas_fim.data as data_fim,
        datas.ano_mes,
        metas.tipo_periodo,

        ---------- quem
        vendedores.nome_vendedor,
        vendedores.nome_gerente,
        equipes.nome_equipe,
        equipes.regional,
        vendedores.nome_equipe as nome_equipe_atual,
        vendedores.regional as regional_atual,

        ---------- medidas
        metas.valor_meta,
        metas.quantidade_meta,
        metas.valor_realizado,
        metas.quantidade_realizada,
        metas.pedidos_realizados,
        metas.percentual_atingido,
        metas.gap_meta,
        metas.ticket_medio_realizado,
        metas.ranking_periodo,
        metas.quartil_performance,
        metas.meta_batida,
        metas.meta_superada,
        metas.eh_periodo_fechado

    from metas
    inner join {{ ref('dim_data') }} as datas on metas.data_id = datas.data_id
    inner join {{ ref('dim_data') }} as datas_fim on metas.data_fim_id = datas_fim.data_id
    inner join {{ ref('dim_vendedor') }} as vendedores
        on metas.vendedor_id = vendedores.vendedor_id
    inner join {{ ref('dim_equipe') }} as equipes on metas.equipe_id = equipes.equipe_id

)

select * from final
