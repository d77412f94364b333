-- One row per phase × age band of the orders that are open now.
{{ config(unique_key=['fase_atual', 'faixa_idade'], incremental_predicates=['1 = 1']) }}

with

relogio as (

    -- The data's own clock: the same rows give the same answer whenever they are asked.
    select max(criado_em) as agora
    from {{ ref('fact_pedidos') }}

),

abertos as (

    select
        pedidos.fase_atual,
        pedidos.valor_total_liquido,
        pedidos._dlt_load_id,
        {{ dbt.datediff('pedidos.criado_em', 'relogio.agora', 'day') }}
            as dias
    from {{ ref('fact_pedidos') }} as pedidos
    cross join relogio
    where {{ eh('pedidos.eh_aberto') }}

),

faixas as (

    select
        fase_atual,
        {{ faixa_idade('dias') }} as faixa_idade,
        dias,
        valor_total_liquido,
        _dlt_load_id
    from abertos

),

final as (

    select
        ---------- chaves
        fase_atual,
        faixa_idade,

        ---------- medidas
        cast(count(*) as bigint) as pedidos,
        cast(sum(valor_total_liquido) as decimal(38, 4)) as valor_total_liquido,
        cast(max(dias) as int) as dias_mais_antigo,
        max(_dlt_load_id) as _dlt_load_id

    from faixas
    group by fase_atual, faixa_idade

)

select * from final
