-- Desconto médio %: descontos sobre receita bruta, soma sobre soma.
{% set fatias = ['mes', 'regiao', 'categoria', 'equipe', 'vendedor', 'canal'] %}
with

somas as (

    select
        {{ fatia(fatias) }}
        cast(sum(fatos.valor_total_descontos) as decimal(38, 4)) as valor_total_descontos,
        cast(sum(fatos.valor_total_bruto) as decimal(38, 4)) as valor_total_bruto
    from {{ ref('fact_vendas') }} as fatos
    {{ por_fatia(fatias) }}

)

select
    {{ da_fatia(fatias) }}
    valor_total_descontos,
    valor_total_bruto,
    {{ razao('valor_total_descontos', 'valor_total_bruto', 6) }} as desconto_medio_pct
from somas
