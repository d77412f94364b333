-- One row per order, with its phases and the names that people filter by.
{{ config(
    materialized='incremental',
    unique_key='pedido_id',
    incremental_predicates=[
        "pedido_id in (select pedido_id from intermediate.int_dash_ciclo_pedidos__pedidos_afetados)"
    ]
) }}
{{ espera_por('feature_gates') }}
with

pedidos as (

    select *
    from {{ ref('fact_pedidos') }}
    {%- if is_incremental() %}
    where
        pedido_id in (
            select afetados.pedido_id from {{ ref('int_dash_ciclo_pedidos__pedidos_afetados') }} as afetados
        )
    {%- endif %}

),

relogio as (

    -- The data's own clock: the same rows give the same answer whenever they are asked.
    select max(criado_em) as agora
    from {{ ref('fact_pedidos') }}

),

entregues as (

    select
        horas,
        sum(pedidos) over (order by horas rows unbounded preceding) as ate_aqui,
        sum(pedidos) over () as n
    from (
        select
            duracao_total_horas as horas,
            count(*) as pedidos
        from {{ ref('fact_pedidos') }}
        where duracao_total_horas is not null
        group by duracao_total_horas
    ) as duracoes

),

prazo as (

    -- the p90 of delivered orders, by nearest rank
    select min(case when ate_aqui * 10 >= n * 9 then horas end) as horas
    from entregues

),

idades as (

    select
        pedidos.pedido_id,
        {{ dbt.datediff('pedidos.criado_em', 'relogio.agora', 'day') }}
            as idade_dias,
        {{ horas('pedidos.criado_em', 'relogio.agora') }} as idade_horas
    from pedidos
    cross join relogio
    where {{ eh('pedidos.eh_aberto') }}

),

equipes_do_dia as (

    select
        pedidos.pedido_id,
        vendedores.equipe_id
    from pedidos
    inner join {{ ref('dim_vendedor_historico') }} as vendedores
        on
            pedidos.vendedor_id = vendedores.vendedor_id
            and pedidos.criado_em >= vendedores.valido_de
            and pedidos.criado_em < vendedores.valido_ate

),

final as (

    select
        ---------- chaves
        pedidos.pedido_id,
        pedidos.vendedor_id,
        equipes.equipe_id,
        pedidos.regiao_id,
        pedidos.data_id,

        ---------- quando
        datas.data,
        datas.ano_mes,
        pedidos.criado_em,
        pedidos.aprovado_em,
        pedidos.enviado_em,
        pedidos.entregue_em,
        pedidos.cancelado_em,

        ---------- quem, onde
        regioes.regiao_pais,
        regioes.estado,
        vendedores.nome_vendedor,
        equipes.nome_equipe,
        equipes.regional,
        vendedores.nome_equipe as nome_equipe_atual,
        pedidos.canal_venda,
        pedidos.numero_pedido,
        pedidos.status_pedido,
        pedidos.status_pagamento,
        pedidos.fase_atual,
        pedidos.eh_aberto,
        case
            when idades.idade_dias is not null then {{ faixa_idade('idades.idade_dias') }}
        end as faixa_idade,

        ---------- medidas
        pedidos.duracao_aprovado_horas,
        pedidos.duracao_enviado_horas,
        pedidos.duracao_entregue_horas,
        pedidos.duracao_total_horas,
        pedidos.duracao_cancelado_horas,
        idades.idade_horas,
        {{ booleano('idades.idade_horas > prazo.horas') }} as eh_atrasado,
        pedidos.quantidade_itens,
        pedidos.valor_total_liquido,
        pedidos._dlt_load_id

    from pedidos
    inner join {{ ref('dim_data') }} as datas on pedidos.data_id = datas.data_id
    inner join {{ ref('dim_regiao') }} as regioes on pedidos.regiao_id = regioes.regiao_id
    inner join {{ ref('dim_vendedor') }} as vendedores
        on pedidos.vendedor_id = vendedores.vendedor_id
    left join equipes_do_dia on pedidos.pedido_id = equipes_do_dia.pedido_id
    inner join {{ ref('dim_equipe') }} as equipes
        on coalesce(equipes_do_dia.equipe_id, -1) = equipes.equipe_id
    left join idades on pedidos.pedido_id = idades.pedido_id
    cross join prazo

)

select * from final
