-- Pedidos cancelados, pelo dia em que foram criados.
{% set fatias = ['mes', 'regiao', 'equipe', 'vendedor', 'canal'] %}
with

fatos as (

    {{ pedidos_com_equipe() }}

)

select
    {{ fatia(fatias) }}
    cast(sum(case when fatos.status_pedido = 'Cancelado' then 1 else 0 end) as bigint)
        as pedidos_cancelados
from fatos
{{ por_fatia(fatias) }}
