-- Comissão: a dos vendedores sobre os itens vendidos.
{% set fatias = ['mes', 'regiao', 'categoria', 'equipe', 'vendedor', 'canal'] %}
select
    {{ fatia(fatias) }}
    cast(sum(fatos.valor_comissao) as decimal(38, 4)) as comissao
from {{ ref('fact_vendas') }} as fatos
{{ por_fatia(fatias) }}
