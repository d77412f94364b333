-- Horas da criação à entrega, em média: soma das horas sobre os pedidos em que são conhecidas.
{% set fatias = ['mes', 'regiao', 'equipe', 'vendedor', 'canal'] %}
with

fatos as (

    {{ pedidos_com_equipe() }}

),

somas as (

    select
        {{ fatia(fatias) }}
        cast(sum(fatos.duracao_total_horas) as decimal(38, 4)) as horas_total,
        cast(count(fatos.duracao_total_horas) as bigint) as pedidos_com_total
    from fatos
    {{ por_fatia(fatias) }}

)

select
    {{ da_fatia(fatias) }}
    horas_total,
    pedidos_com_total,
    {{ razao('horas_total', 'cast(pedidos_com_total as decimal(38, 4))', 6) }} as media_total_horas
from somas
