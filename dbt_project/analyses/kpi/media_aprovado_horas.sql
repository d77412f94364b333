-- Horas da criação à aprovação, em média: soma das horas sobre os pedidos em que são conhecidas.
{% set fatias = ['mes', 'regiao', 'equipe', 'vendedor', 'canal'] %}
with

fatos as (

    {{ pedidos_com_equipe() }}

),

somas as (

    select
        {{ fatia(fatias) }}
        cast(sum(fatos.duracao_aprovado_horas) as decimal(38, 4)) as horas_aprovado,
        cast(count(fatos.duracao_aprovado_horas) as bigint) as pedidos_com_aprovado
    from fatos
    {{ por_fatia(fatias) }}

)

select
    {{ da_fatia(fatias) }}
    horas_aprovado,
    pedidos_com_aprovado,
    {{ razao('horas_aprovado', 'cast(pedidos_com_aprovado as decimal(38, 4))', 6) }}
        as media_aprovado_horas
from somas
