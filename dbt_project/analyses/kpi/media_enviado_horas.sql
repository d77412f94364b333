-- Horas da aprovação ao envio, em média: soma das horas sobre os pedidos em que são conhecidas.
{% set fatias = ['mes', 'regiao', 'equipe', 'vendedor', 'canal'] %}
with

fatos as (

    {{ pedidos_com_equipe() }}

),

somas as (

    select
        {{ fatia(fatias) }}
        cast(sum(fatos.duracao_enviado_horas) as decimal(38, 4)) as horas_enviado,
        cast(count(fatos.duracao_enviado_horas) as bigint) as pedidos_com_enviado
    from fatos
    {{ por_fatia(fatias) }}

)

select
    {{ da_fatia(fatias) }}
    horas_enviado,
    pedidos_com_enviado,
    {{ razao('horas_enviado', 'cast(pedidos_com_enviado as decimal(38, 4))', 6) }}
        as media_enviado_horas
from somas
