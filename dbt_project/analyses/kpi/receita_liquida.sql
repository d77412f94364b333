-- Receita líquida: o que foi vendido, depois dos descontos.
{% set fatias = ['mes', 'regiao', 'categoria', 'equipe', 'vendedor', 'canal'] %}
select
    {{ fatia(fatias) }}
    cast(sum(fatos.valor_total_liquido) as decimal(38, 4)) as receita_liquida
from {{ ref('fact_vendas') }} as fatos
{{ por_fatia(fatias) }}
