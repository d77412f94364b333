-- Pedidos: os que têm ao menos um item vendido, cada um uma vez.
{% set fatias = ['mes', 'regiao', 'categoria', 'equipe', 'vendedor', 'canal'] %}
select
    {{ fatia(fatias) }}
    cast(count(distinct fatos.pedido_id) as bigint) as pedidos
from {{ ref('fact_vendas') }} as fatos
{{ por_fatia(fatias) }}
