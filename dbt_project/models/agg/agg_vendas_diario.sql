-- One row per day × category × region × seller × team × channel, as they were on the day.
{{ config(
    unique_key=['data_id', 'categoria', 'regiao_id', 'vendedor_id', 'equipe_id', 'canal_venda'],
    incremental_predicates=[
        "data_id in (select data_id from intermediate.int_vendas__dias_afetados)"
    ]
) }}

with

vendas as (

    select
        data_id, produto_versao_id, regiao_id, vendedor_id, equipe_id, canal_venda,
        quantidade_vendida, valor_total_bruto, valor_total_descontos, valor_total_liquido,
        custo_total, margem_bruta, quantidade_devolvida, valor_devolvido, valor_comissao,
        _dlt_load_id
    from {{ ref('fact_vendas') }}
    {%- if is_incremental() %}
    where data_id in (select dias.data_id from {{ ref('int_vendas__dias_afetados') }} as dias)
    {%- endif %}

),

produtos as (

    select produto_versao_id, categoria
    from {{ ref('dim_produto_historico') }}

),

final as (

    select
        ---------- chaves
        vendas.data_id,
        produtos.categoria,
        vendas.regiao_id,
        vendas.vendedor_id,
        vendas.equipe_id,
        vendas.canal_venda,

        ---------- medidas
        cast(count(*) as bigint) as linhas,
        cast(sum(vendas.quantidade_vendida) as decimal(38, 4)) as quantidade_vendida,
        cast(sum(vendas.valor_total_bruto) as decimal(38, 4)) as valor_total_bruto,
        cast(sum(vendas.valor_total_descontos) as decimal(38, 4)) as valor_total_descontos,
        cast(sum(vendas.valor_total_liquido) as decimal(38, 4)) as valor_total_liquido,
        cast(sum(vendas.custo_total) as decimal(38, 4)) as custo_total,
        cast(sum(vendas.margem_bruta) as decimal(38, 4)) as margem_bruta,
        cast(sum(vendas.quantidade_devolvida) as decimal(38, 4)) as quantidade_devolvida,
        cast(sum(vendas.valor_devolvido) as decimal(38, 4)) as valor_devolvido,
        cast(sum(vendas.valor_comissao) as decimal(38, 4)) as valor_comissao,
        max(vendas._dlt_load_id) as _dlt_load_id

    from vendas
    inner join produtos on vendas.produto_versao_id = produtos.produto_versao_id
    group by
        vendas.data_id,
        produtos.categoria,
        vendas.regiao_id,
        vendas.vendedor_id,
        vendas.equipe_id,
        vendas.canal_venda

)

select * from final
