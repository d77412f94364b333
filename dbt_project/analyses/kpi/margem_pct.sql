-- Margem bruta %: margem bruta sobre receita líquida, soma sobre soma.
{% set fatias = ['mes', 'regiao', 'categoria', 'equipe', 'vendedor', 'canal'] %}
with

somas as (

    select
        {{ fatia(fatias) }}
        cast(sum(fatos.valor_total_liquido - fatos.custo_total) as decimal(38, 4)) as margem_bruta,
        cast(sum(fatos.valor_total_liquido) as decimal(38, 4)) as receita_liquida
    from {{ ref('fact_vendas') }} as fatos
    {{ por_fatia(fatias) }}

)

select
    {{ da_fatia(fatias) }}
    margem_bruta,
    receita_liquida,
    {{ razao('margem_bruta', 'receita_liquida', 6) }} as margem_pct
from somas
