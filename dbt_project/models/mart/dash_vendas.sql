-- One row per sale, with the names that people filter by; no personal data of customers.
{{ config(
    materialized='incremental',
    unique_key='venda_id',
    incremental_predicates=[
        "venda_id in (select venda_id from intermediate.int_dash_vendas__vendas_afetadas)"
    ]
) }}
{{ espera_por('feature_gates') }}
with

vendas as (

    select *
    from {{ ref('fact_vendas') }}
    {%- if is_incremental() %}
    where
        venda_id in (
            select afetadas.venda_id from {{ ref('int_dash_vendas__vendas_afetadas') }} as afetadas
        )
    {%- endif %}

),

final as (

    select
        ---------- chaves
        vendas.venda_id,
        vendas.pedido_id,
        vendas.cliente_id,
        vendas.produto_id,
        vendas.vendedor_id,
        vendas.equipe_id,
        vendas.regiao_id,
        vendas.data_id,

        ---------- quando
        datas.data,
        datas.ano_mes,

        ---------- quem, o quê, onde
        clientes.tipo_cliente,
        clientes.segmento,
        produtos.nome_produto,
        produtos.categoria,
        produtos.subcategoria,
        produtos.marca,
        regioes.regiao_pais,
        regioes.estado,
        regioes.cidade,
        vendedores.nome_vendedor,
        equipes.nome_equipe,
        equipes.regional,
        vendedores.nome_equipe as nome_equipe_atual,
        vendas.canal_venda,
        vendas.numero_pedido,
        vendas.status_pedido,

        ---------- medidas
        vendas.quantidade_vendida,
        vendas.valor_total_bruto,
        vendas.valor_total_descontos,
        vendas.valor_total_liquido,
        vendas.custo_total,
        vendas.margem_bruta,
        vendas.quantidade_devolvida,
        vendas.valor_devolvido,
        vendas.valor_comissao,
        vendas.teve_desconto,
        vendas._dlt_load_id

    from vendas
    inner join {{ ref('dim_data') }} as datas on vendas.data_id = datas.data_id
    inner join {{ ref('dim_cliente') }} as clientes on vendas.cliente_id = clientes.cliente_id
    inner join {{ ref('dim_produto') }} as produtos on vendas.produto_id = produtos.produto_id
    inner join {{ ref('dim_regiao') }} as regioes on vendas.regiao_id = regioes.regiao_id
    inner join {{ ref('dim_vendedor') }} as vendedores
        on vendas.vendedor_id = vendedores.vendedor_id
    inner join {{ ref('dim_equipe') }} as equipes on vendas.equipe_id = equipes.equipe_id

)

select * from final
