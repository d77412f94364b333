-- Taxa de aprovação de descontos: aplicações aprovadas sobre todas.
{% set fatias = ['mes', 'regiao', 'categoria', 'equipe', 'vendedor', 'canal', 'campanha'] %}
with

somas as (

    select
        {{ fatia(fatias) }}
        cast(sum(case when {{ eh('fatos.desconto_aprovado') }} then 1 else 0 end) as bigint)
            as aplicacoes_aprovadas,
        cast(count(*) as bigint) as aplicacoes_desconto
    from {{ ref('fact_descontos') }} as fatos
    {{ por_fatia(fatias) }}

)

select
    {{ da_fatia(fatias) }}
    aplicacoes_aprovadas,
    aplicacoes_desconto,
    {{ razao(
        'cast(aplicacoes_aprovadas as decimal(38, 4))',
        'cast(aplicacoes_desconto as decimal(38, 4))',
        6
    ) }} as taxa_aprovacao_desconto
from somas
