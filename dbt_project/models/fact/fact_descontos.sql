-- One row per live discount application on a sale.
{{ config(
    unique_key='aplicacao_id',
    incremental_predicates=[
        "aplicacao_original_id in (select order_item_discount_id from intermediate.int_descontos__aplicacoes_afetadas)"
    ]
) }}

with

aplicacoes as (

    select
        order_item_discount_id, order_item_id, discount_id, application_level, discount_amount,
        base_amount, final_amount, applied_at, approved, rejection_reason, _dlt_load_id
    from {{ ref('stg_oltp__order_item_discounts') }}
    where
        is_live = 1
    {%- if is_incremental() %}
        and order_item_discount_id in (
            select afetadas.order_item_discount_id
            from {{ ref('int_descontos__aplicacoes_afetadas') }} as afetadas
        )
    {%- endif %}

),

vendas as (

    select
        venda_id, venda_original_id, data_pedido, cliente_id, cliente_versao_id, produto_id,
        produto_versao_id, vendedor_id, vendedor_versao_id, equipe_id, regiao_id, pedido_id,
        canal_venda, valor_total_liquido, custo_total, _dlt_load_id
    from {{ ref('fact_vendas') }}
    {%- if is_incremental() %}
    where venda_original_id in (select aplicacoes.order_item_id from aplicacoes)
    {%- endif %}

),

margens as (

    -- What the sale leaves with this discount and without it: the cost is the same.
    select
        aplicacoes.*,
        cast(aplicacoes.base_amount - vendas.custo_total as decimal(18, 4)) as margem_antes,
        cast(aplicacoes.final_amount - vendas.custo_total as decimal(18, 4)) as margem_apos,
        vendas.venda_id,
        vendas.data_pedido,
        vendas.cliente_id,
        vendas.cliente_versao_id,
        vendas.produto_id,
        vendas.produto_versao_id,
        vendas.vendedor_id,
        vendas.vendedor_versao_id,
        vendas.equipe_id,
        vendas.regiao_id,
        vendas.pedido_id,
        vendas.canal_venda,
        vendas._dlt_load_id as carga_venda
    from aplicacoes
    inner join vendas on aplicacoes.order_item_id = vendas.venda_original_id

),

final as (

    select
        ---------- chaves
        {{ chave('order_item_discount_id') }} as aplicacao_id,
        {{ texto('order_item_discount_id', 128) }} as aplicacao_original_id,
        {{ chave('discount_id') }} as desconto_id,
        venda_id,
        pedido_id,
        {{ data_id('coalesce(applied_at, data_pedido)') }} as data_aplicacao_id,
        {{ data_id('data_pedido') }} as data_id,
        cliente_id,
        cliente_versao_id,
        produto_id,
        produto_versao_id,
        vendedor_id,
        vendedor_versao_id,
        equipe_id,
        regiao_id,

        ---------- textos
        {{ nao_informado('application_level', 255) }} as nivel_aplicacao,
        canal_venda,
        {{ texto('rejection_reason', 255) }} as motivo_rejeicao,
        {% set faixa %}
        case
            when margem_apos is null then null
            when margem_apos < 0 then {{ literal('Prejuízo') }}
            when margem_apos < cast(0.3 as decimal(4, 2)) * margem_antes then {{ literal('Margem crítica') }}
            when margem_apos < cast(0.6 as decimal(4, 2)) * margem_antes then {{ literal('Margem reduzida') }}
            else {{ literal('Margem saudável') }}
        end
        {% endset %}
        {{ texto(faixa, 20) }} as status_margem,

        ---------- medidas
        discount_amount as valor_desconto_aplicado,
        base_amount as valor_sem_desconto,
        final_amount as valor_com_desconto,
        margem_antes as margem_antes_desconto,
        margem_apos as margem_apos_desconto,
        cast(margem_apos - margem_antes as decimal(18, 4)) as impacto_margem,
        {{ razao(
            'cast(discount_amount * 100 as decimal(38, 4))',
            'cast(base_amount as decimal(38, 4))'
        ) }} as percentual_desconto_efetivo,
        approved as desconto_aprovado,
        {{ texto(maior(['_dlt_load_id', 'carga_venda']), 32) }} as _dlt_load_id

    from margens

)

select * from final
