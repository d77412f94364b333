-- Horas do envio à entrega, em média: soma das horas sobre os pedidos em que são conhecidas.
{% set fatias = ['mes', 'regiao', 'equipe', 'vendedor', 'canal'] %}
with

fatos as (

    {{ pedidos_com_equipe() }}

),

somas as (

    select
        {{ fatia(fatias) }}
        cast(sum(fatos.duracao_entregue_horas) as decimal(38, 4)) as horas_entregue,
        cast(count(fatos.duracao_entregue_horas) as bigint) as pedidos_com_entregue
    from fatos
    {{ por_fatia(fatias) }}

)

select
    {{ da_fatia(fatias) }}
    horas_entregue,
    pedidos_com_entregue,
    {{ razao('horas_entregue', 'cast(pedidos_com_entregue as decimal(38, 4))', 6) }}
        as media_entregue_horas
from somas
