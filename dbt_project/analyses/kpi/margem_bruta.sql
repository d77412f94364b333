-- Margem bruta: receita líquida menos custo.
{% set fatias = ['mes', 'regiao', 'categoria', 'equipe', 'vendedor', 'canal'] %}
select
    {{ fatia(fatias) }}
    cast(sum(fatos.valor_total_liquido - fatos.custo_total) as decimal(38, 4)) as margem_bruta
from {{ ref('fact_vendas') }} as fatos
{{ por_fatia(fatias) }}
