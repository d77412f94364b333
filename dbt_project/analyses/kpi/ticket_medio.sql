-- Ticket médio: receita líquida por pedido distinto.
{% set fatias = ['mes', 'regiao', 'categoria', 'equipe', 'vendedor', 'canal'] %}
with

somas as (

    select
        {{ fatia(fatias) }}
        cast(sum(fatos.valor_total_liquido) as decimal(38, 4)) as receita_liquida,
        cast(count(distinct fatos.pedido_id) as bigint) as pedidos
    from {{ ref('fact_vendas') }} as fatos
    {{ por_fatia(fatias) }}

)

select
    {{ da_fatia(fatias) }}
    receita_liquida,
    pedidos,
    {{ razao('receita_liquida', 'cast(pedidos as decimal(38, 4))', 6) }} as ticket_medio
from somas
