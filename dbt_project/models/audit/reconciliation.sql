-- One row per entity × month × portion: what staging holds, what the mart holds, and each reason
-- for which rows of staging are not in the mart. Staging is the sum of the others, exactly.
{% set nada = "cast(0 as decimal(38, 4))" %}
{% set nulo = "cast(0 as decimal(18, 4))" %}
{% set medidas = ['quantidade', 'valor_bruto', 'valor_descontos', 'valor_liquido', 'valor_custo'] %}

with

marts as (

    select
        'order_items' as entidade,
        data_id,
        venda_id as chave,
        cast(quantidade_vendida as decimal(38, 4)) as quantidade,
        valor_total_bruto as valor_bruto,
        valor_total_descontos as valor_descontos,
        valor_total_liquido as valor_liquido,
        custo_total as valor_custo
    from {{ ref('fact_vendas') }}

    union all

    select
        'order_item_discounts' as entidade,
        data_id,
        aplicacao_id as chave,
        {{ nada }} as quantidade,
        valor_sem_desconto as valor_bruto,
        valor_desconto_aplicado as valor_descontos,
        valor_com_desconto as valor_liquido,
        {{ nulo }} as valor_custo
    from {{ ref('fact_descontos') }}

    union all

    select
        'orders' as entidade,
        data_id,
        pedido_id as chave,
        {{ nada }} as quantidade,
        {{ nulo }} as valor_bruto,
        {{ nulo }} as valor_descontos,
        {{ nulo }} as valor_liquido,
        {{ nulo }} as valor_custo
    from {{ ref('fact_pedidos') }}

    union all

    select
        'seller_targets_monthly' as entidade,
        data_id,
        meta_id as chave,
        cast(quantidade_meta as decimal(38, 4)) as quantidade,
        {{ nulo }} as valor_bruto,
        {{ nulo }} as valor_descontos,
        valor_meta as valor_liquido,
        {{ nulo }} as valor_custo
    from {{ ref('fact_metas') }}

),

parcelas as (

    {%- for parcela, onde in [
        (texto("'staging'", 60), '1 = 1'), ('motivo', 'motivo is not null')
    ] %}

    -- staging is the sum of all that is in it, whatever the reason
    select
        entidade,
        mes,
        {{ parcela }} as parcela,
        {{ medidas | join(', ') }},
        linhas,
        soma_chaves
    from {{ ref('totais_staging') }}
    where {{ onde }}

    union all
    {%- endfor %}

    select
        entidade,
        cast(floor(data_id / 100.0) as int) as mes,
        {{ texto("'mart'", 60) }} as parcela,
        {%- for medida in medidas %}
        sum({{ medida }}) as {{ medida }},
        {%- endfor %}
        count(*) as linhas,
        sum(cast(chave as decimal(38, 0))) as soma_chaves
    from marts
    group by entidade, cast(floor(data_id / 100.0) as int)

),

final as (

    select
        {{ texto('entidade', 64) }} as entidade,
        cast(mes as int) as mes,
        parcela,
        {%- for medida in medidas %}
        cast(coalesce(sum({{ medida }}), 0) as decimal(38, 4)) as {{ medida }},
        {%- endfor %}
        cast(sum(linhas) as bigint) as linhas,
        cast(sum(soma_chaves) as decimal(38, 0)) as soma_chaves
    from parcelas
    group by entidade, mes, parcela

)

select * from final
