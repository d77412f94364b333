-- Pedidos em andamento: os que ainda não foram entregues nem cancelados.
{% set fatias = ['mes', 'regiao', 'equipe', 'vendedor', 'canal'] %}
with

fatos as (

    {{ pedidos_com_equipe() }}

)

select
    {{ fatia(fatias) }}
    cast(sum(case when {{ eh('fatos.eh_aberto') }} then 1 else 0 end) as bigint)
        as pedidos_em_andamento
from fatos
{{ por_fatia(fatias) }}
