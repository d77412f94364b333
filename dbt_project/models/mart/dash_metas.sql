-- One row per seller × period with a target, with the team of the period and the team of today.
{{ espera_por('feature_gates') }}
with

metas as (

    select *
    from {{ ref('fact_metas') }}

),

repetidas as (

    -- a quarter or year whose seller also has targets for shorter periods inside it
    select distinct longas.meta_id
    from metas as longas
    inner join metas as curtas
        on
            longas.vendedor_id = curtas.vendedor_id
            and longas.data_id <= curtas.data_id
            and longas.data_fim_id >= curtas.data_fim_id
            and longas.tipo_periodo <> curtas.tipo_periodo

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
        metas.eh_periodo_fechado,
        {{ booleano('repetidas.meta_id is null') }} as conta_no_total

    from metas
    inner join {{ ref('dim_data') }} as datas on metas.data_id = datas.data_id
    inner join {{ ref('dim_data') }} as datas_fim on metas.data_fim_id = datas_fim.data_id
    inner join {{ ref('dim_vendedor') }} as vendedores
        on metas.vendedor_id = vendedores.vendedor_id
    inner join {{ ref('dim_equipe') }} as equipes on metas.equipe_id = equipes.equipe_id
    left join repetidas on metas.meta_id = repetidas.meta_id

)

select * from final
