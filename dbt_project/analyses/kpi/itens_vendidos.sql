-- Itens vendidos: unidades de produto, não linhas de pedido.
{% set fatias = ['mes', 'regiao', 'categoria', 'equipe', 'vendedor', 'canal'] %}
select
    {{ fatia(fatias) }}
    cast(sum(fatos.quantidade_vendida) as decimal(38, 4)) as itens_vendidos
from {{ ref('fact_vendas') }} as fatos
{{ por_fatia(fatias) }}
