-- ROI de desconto: receita com desconto por real de desconto, aplicações aprovadas.
{% set fatias = ['mes', 'regiao', 'categoria', 'equipe', 'vendedor', 'canal', 'campanha'] %}
with

fatos as (

    select
        data_id, regiao_id, produto_id, equipe_id, vendedor_id, canal_venda, desconto_id,
        case when {{ eh('desconto_aprovado') }} then valor_com_desconto end as valor_com_desconto,
        case when {{ eh('desconto_aprovado') }} then valor_desconto_aplicado end
            as valor_desconto_aplicado
    from {{ ref('fact_descontos') }}

),

somas as (

    select
        {{ fatia(fatias) }}
        cast(sum(fatos.valor_com_desconto) as decimal(38, 4)) as valor_com_desconto,
        cast(sum(fatos.valor_desconto_aplicado) as decimal(38, 4)) as valor_desconto_aplicado
    from fatos
    {{ por_fatia(fatias) }}

)

select
    {{ da_fatia(fatias) }}
    valor_com_desconto,
    valor_desconto_aplicado,
    {{ razao('valor_com_desconto', 'valor_desconto_aplicado', 6) }} as roi_desconto
from somas
