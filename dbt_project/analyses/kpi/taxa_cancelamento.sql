-- Taxa de cancelamento: pedidos cancelados sobre pedidos criados.
{% set fatias = ['mes', 'regiao', 'equipe', 'vendedor', 'canal'] %}
with

fatos as (

    {{ pedidos_com_equipe() }}

),

somas as (

    select
        {{ fatia(fatias) }}
        cast(sum(case when fatos.status_pedido = 'Cancelado' then 1 else 0 end) as bigint)
            as pedidos_cancelados,
        cast(count(*) as bigint) as pedidos_criados
    from fatos
    {{ por_fatia(fatias) }}

)

select
    {{ da_fatia(fatias) }}
    pedidos_cancelados,
    pedidos_criados,
    {{ razao(
        'cast(pedidos_cancelados as decimal(38, 4))', 'cast(pedidos_criados as decimal(38, 4))', 6
    ) }} as taxa_cancelamento
from somas
