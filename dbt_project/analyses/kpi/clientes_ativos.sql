-- Clientes ativos: os que compraram; -1 é a venda sem cliente conhecido.
{% set fatias = ['mes', 'regiao', 'categoria', 'equipe', 'vendedor', 'canal'] %}
select
    {{ fatia(fatias) }}
    cast(count(distinct case when fatos.cliente_id <> -1 then fatos.cliente_id end) as bigint)
        as clientes_ativos
from {{ ref('fact_vendas') }} as fatos
{{ por_fatia(fatias) }}
