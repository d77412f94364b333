-- One row per feature of the dashboards: whether the source's data can answer it, and why not.
{{ espera_por('reconciliation') }}
with

vendas as (

    select
        vendedor_id, equipe_id, regiao_id, teve_desconto, venda_id, custo_total,
        quantidade_devolvida, valor_comissao
    from {{ ref('fact_vendas') }}

),

com_meta as (

    select distinct vendedor_id
    from {{ ref('fact_metas') }}

),

com_aplicacao as (

    select count(*) as com_aplicacao
    from vendas
    where
        {{ eh('teve_desconto') }}
        and venda_id in (select aplicacoes.venda_id from {{ ref('fact_descontos') }} as aplicacoes)

),

contagens as (

    select
        count(*) as vendas,
        count(vendas.custo_total) as com_custo,
        count(vendas.quantidade_devolvida) as com_devolucao,
        sum(case when vendas.regiao_id <> -1 then 1 else 0 end) as com_regiao,
        sum(case when vendas.vendedor_id <> -1 then 1 else 0 end) as com_vendedor,
        sum(case when vendas.vendedor_id <> -1 and vendas.equipe_id <> -1 then 1 else 0 end)
            as com_equipe,
        sum(
            case
                when vendas.vendedor_id <> -1 and vendas.valor_comissao is not null then 1
                else 0
            end
        ) as com_comissao,
        sum(
            case
                when vendas.vendedor_id <> -1 and com_meta.vendedor_id is not null then 1
                else 0
            end
        ) as com_meta,
        sum(case when {{ eh('vendas.teve_desconto') }} then 1 else 0 end) as com_desconto,
        max(com_aplicacao.com_aplicacao) as com_aplicacao
    from vendas
    left join com_meta on vendas.vendedor_id = com_meta.vendedor_id
    cross join com_aplicacao

),

ciclo as (

    -- an order in a phase must have the moments of the phases before it
    select
        count(*) as pedidos,
        sum(
            case
                when aprovado_em is null then 0
                when fase_atual in ('Enviado', 'Entregue') and enviado_em is null then 0
                when fase_atual = 'Entregue' and entregue_em is null then 0
                else 1
            end
        ) as completos
    from {{ ref('fact_pedidos') }}
    where fase_atual in ('Aprovado', 'Enviado', 'Entregue')

),

{% set recursos = [
    {
        'recurso': 'metas', 'tem': 'com_meta', 'de': 'com_vendedor', 'fonte': 'contagens',
        'titulo': 'Metas',
        'falta': 'vendas de vendedores sem nenhuma meta cadastrada',
        'remedio': 'Mapeie seller_targets_monthly ou cadastre metas para todos os vendedores.'
    },
    {
        'recurso': 'descontos', 'tem': 'com_aplicacao', 'de': 'com_desconto', 'fonte': 'contagens',
        'titulo': 'Descontos e ROI',
        'falta': 'vendas com desconto sem o registro de qual campanha o deu',
        'remedio': 'Mapeie order_item_discounts e discount_campaigns.'
    },
    {
        'recurso': 'devolucoes', 'tem': 'com_devolucao', 'de': 'vendas', 'fonte': 'contagens',
        'titulo': 'Devoluções',
        'falta': 'vendas sem a informação de quantidade devolvida',
        'remedio': 'Mapeie order_items.return_quantity e returned_amount.'
    },
    {
        'recurso': 'comissao', 'tem': 'com_comissao', 'de': 'com_vendedor', 'fonte': 'contagens',
        'titulo': 'Comissão',
        'falta': 'vendas com vendedor sem valor de comissão',
        'remedio': 'Mapeie order_items.commission_amount.'
    },
    {
        'recurso': 'custo_margem', 'tem': 'com_custo', 'de': 'vendas', 'fonte': 'contagens',
        'titulo': 'Custo e margem',
        'falta': 'vendas sem custo',
        'remedio': 'Mapeie order_items.cost_amount.'
    },
    {
        'recurso': 'vendedor_equipe', 'tem': 'com_equipe', 'de': 'com_vendedor',
        'fonte': 'contagens',
        'titulo': 'Vendedor e equipe',
        'falta': 'vendas com vendedor cuja equipe não é conhecida',
        'remedio': 'Mapeie sellers.team_id e teams.'
    },
    {
        'recurso': 'regiao', 'tem': 'com_regiao', 'de': 'vendas', 'fonte': 'contagens',
        'titulo': 'Região',
        'falta': 'vendas sem região',
        'remedio': 'Mapeie orders.region_id e regions.'
    },
    {
        'recurso': 'ciclo_pedidos', 'tem': 'completos', 'de': 'pedidos', 'fonte': 'ciclo',
        'titulo': 'Ciclo de pedidos',
        'falta': 'pedidos sem as datas das fases por que já passaram',
        'remedio': 'Mapeie orders.approved_at, shipped_at e delivered_at.'
    }
] %}
recursos as (

    {%- for r in recursos %}

    select
        {{ texto(literal(r.recurso), 40) }} as recurso,
        {{ texto(literal(r.titulo), 60) }} as titulo,
        cast({{ r.de }} as bigint) as linhas,
        cast({{ r.tem }} as bigint) as linhas_com_dado,
        {{ razao(
            'cast(' ~ r.tem ~ ' * 100 as decimal(38, 4))', 'cast(' ~ r.de ~ ' as decimal(38, 4))'
        ) }} as cobertura_pct,
        {{ texto(literal(r.falta), 200) }} as falta,
        {{ texto(literal(r.remedio), 200) }} as remedio
    from {{ r.fonte }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

avaliados as (

    select
        recursos.*,
        -- by the counts: a percentage is rounded
        case
            when linhas_com_dado * 100 >= linhas * 95 and linhas > 0 then 'ok'
            when linhas_com_dado * 100 >= linhas * 90 and linhas > 0 then 'degraded'
            else 'not_supported'
        end as status
    from recursos

),

final as (

    {% set motivo -%}
        case
            when status = 'ok' then null
            when linhas = 0 or linhas is null
                then {{ literal('Os dados não têm nenhuma linha a que isto se aplique.') }}
            else concat(
                cast(linhas - linhas_com_dado as varchar(20)), {{ literal(' de ') }},
                cast(linhas as varchar(20)), ' ', falta, '.'
            )
        end
    {%- endset %}
    select
        recurso,
        titulo,
        coalesce(linhas, 0) as linhas,
        coalesce(linhas_com_dado, 0) as linhas_com_dado,
        cobertura_pct,
        {{ texto('status', 20) }} as status,
        {{ texto(motivo, 300) }} as motivo,
        case when status <> 'ok' then remedio end as remedio
    from avaliados

)

select * from final
