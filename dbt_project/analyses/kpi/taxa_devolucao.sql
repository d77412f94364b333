-- Taxa de devolução: unidades devolvidas sobre unidades vendidas, soma sobre soma.
{% set fatias = ['mes', 'regiao', 'categoria', 'equipe', 'vendedor', 'canal'] %}
with

somas as (

    select
        {{ fatia(fatias) }}
        cast(sum(fatos.quantidade_devolvida) as decimal(38, 4)) as quantidade_devolvida,
        cast(sum(fatos.quantidade_vendida) as decimal(38, 4)) as itens_vendidos
    from {{ ref('fact_vendas') }} as fatos
    {{ por_fatia(fatias) }}

)

select
    {{ da_fatia(fatias) }}
    quantidade_devolvida,
    itens_vendidos,
    {{ razao(
        'cast(quantidade_devolvida as decimal(38, 4))', 'cast(itens_vendidos as decimal(38, 4))', 6
    ) }} as taxa_devolucao
from somas
