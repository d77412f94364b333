-- One row per seller × period that the source sets a target for.
{{ config(unique_key='meta_id', incremental_predicates=['1 = 1']) }}

with

metas as (

    select
        seller_target_id,
        seller_id,
        period_type,
        target_month,
        target_amount,
        target_quantity,
        period_closed,
        _dlt_load_id,
        {{ chave('seller_id') }} as vendedor_id,
        cast(
            case period_type
                when 'Mensal' then {{ dbt.dateadd('month', 1, 'target_month') }}
                when 'Trimestral' then {{ dbt.dateadd('month', 3, 'target_month') }}
                else {{ dbt.dateadd('month', 12, 'target_month') }}
            end as date
        ) as dia_seguinte
    from {{ ref('stg_oltp__seller_targets_monthly') }}
    where is_live = 1

),

vendas as (

    select data_id, vendedor_id, pedidos, quantidade_vendida, valor_total_liquido, _dlt_load_id
    from {{ ref('agg_vendedor_diario') }}

),

vendedores as (

    select vendedor_versao_id, vendedor_id, equipe_id, valido_de, valido_ate, _dlt_load_id
    from {{ ref('dim_vendedor_historico') }}

),

realizado as (

    select
        metas.seller_target_id,
        sum(vendas.pedidos) as pedidos,
        sum(vendas.quantidade_vendida) as quantidade,
        sum(vendas.valor_total_liquido) as valor,
        max(vendas._dlt_load_id) as _dlt_load_id
    from metas
    inner join vendas
        on
            metas.vendedor_id = vendas.vendedor_id
            and vendas.data_id >= {{ data_id('metas.target_month') }}
            and vendas.data_id < {{ data_id('metas.dia_seguinte') }}
    group by metas.seller_target_id

),

medidas as (

    select
        metas.*,
        coalesce(vendedores.vendedor_versao_id, -1) as vendedor_versao_id,
        coalesce(vendedores.equipe_id, -1) as equipe_id,
        coalesce(realizado.pedidos, 0) as pedidos_realizados,
        coalesce(realizado.quantidade, 0) as quantidade_realizada,
        coalesce(realizado.valor, 0) as valor_realizado,
        realizado._dlt_load_id as carga_vendas,
        vendedores._dlt_load_id as carga_vendedor,
        {{ razao(
            'cast(coalesce(realizado.valor, 0) * 100 as decimal(38, 4))',
            'cast(metas.target_amount as decimal(38, 4))',
            digitos=38
        ) }} as percentual_atingido
    from metas
    left join realizado on metas.seller_target_id = realizado.seller_target_id
    -- the team that the target was set for: the seller's on the period's first day
    left join vendedores
        on
            metas.vendedor_id = vendedores.vendedor_id
            and metas.target_month >= vendedores.valido_de
            and metas.target_month < vendedores.valido_ate

),

posicoes as (

    select
        medidas.*,
        rank() over (
            partition by period_type, target_month
            order by percentual_atingido desc
        ) as ranking_periodo,
        ntile(4) over (
            partition by period_type, target_month
            order by percentual_atingido desc, seller_target_id asc
        ) as quartil
    from medidas

),

final as (

    select
        ---------- chaves
        {{ chave('seller_target_id') }} as meta_id,
        {{ texto('seller_target_id', 128) }} as meta_original_id,
        vendedor_id,
        vendedor_versao_id,
        equipe_id,
        {{ data_id('target_month') }} as data_id,
        {{ data_id(dbt.dateadd('day', -1, 'dia_seguinte')) }} as data_fim_id,

        ---------- textos
        {{ texto('period_type', 255) }} as tipo_periodo,

        ---------- medidas
        target_amount as valor_meta,
        target_quantity as quantidade_meta,
        cast(valor_realizado as decimal(38, 4)) as valor_realizado,
        cast(quantidade_realizada as decimal(38, 4)) as quantidade_realizada,
        cast(pedidos_realizados as bigint) as pedidos_realizados,
        percentual_atingido,
        cast(target_amount - valor_realizado as decimal(38, 4)) as gap_meta,
        {{ razao(
            'cast(valor_realizado as decimal(38, 4))',
            'cast(pedidos_realizados as decimal(38, 4))'
        ) }} as ticket_medio_realizado,
        cast(ranking_periodo as int) as ranking_periodo,
        {{ texto("concat('Q', cast(quartil as varchar(1)))", 2) }} as quartil_performance,
        {{ booleano('valor_realizado >= target_amount') }} as meta_batida,
        {{ booleano('valor_realizado * 10 >= target_amount * 12') }} as meta_superada,
        period_closed as eh_periodo_fechado,
        {{ texto(maior([
            '_dlt_load_id', "coalesce(carga_vendas, '')", "coalesce(carga_vendedor, '')"
        ]), 32) }} as _dlt_load_id

    from posicoes

)

select * from final
