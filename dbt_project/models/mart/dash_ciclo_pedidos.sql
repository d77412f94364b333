-- One row per order, with its phases and the names that people filter by.
-- depends_on: {{ ref('feature_gates') }}
with

pedidos as (

    select *
    from {{ ref('fact_pedidos') }}

),

final as (

    select
        ---------- chaves
        pedidos.pedido_id,
        pedidos.vendedor_id,
        vendedores.equipe_id,
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
        vendedores.nome_equipe,
        vendedores.regional,
        pedidos.canal_venda,
        pedidos.numero_pedido,
        pedidos.status_pedido,
        pedidos.status_pagamento,
        pedidos.fase_atual,
        pedidos.eh_aberto,

        ---------- medidas
        pedidos.duracao_aprovado_horas,
        pedidos.duracao_enviado_horas,
        pedidos.duracao_entregue_horas,
        pedidos.duracao_total_horas,
        pedidos.duracao_cancelado_horas,
        pedidos.quantidade_itens,
        pedidos.valor_total_liquido

    from pedidos
    inner join {{ ref('dim_data') }} as datas on pedidos.data_id = datas.data_id
    inner join {{ ref('dim_regiao') }} as regioes on pedidos.regiao_id = regioes.regiao_id
    inner join {{ ref('dim_vendedor') }} as vendedores
        on pedidos.vendedor_id = vendedores.vendedor_id

)

select * from final
