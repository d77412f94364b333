-- Impacto na margem: margem depois menos margem antes do desconto, aplicações aprovadas.
{% set fatias = ['mes', 'regiao', 'categoria', 'equipe', 'vendedor', 'canal', 'campanha'] %}
with

fatos as (

    select
        data_id, regiao_id, produto_id, equipe_id, vendedor_id, canal_venda, desconto_id,
        case when {{ eh('desconto_aprovado') }} then margem_apos_desconto end as apos,
        case when {{ eh('desconto_aprovado') }} then margem_antes_desconto end as antes
    from {{ ref('fact_descontos') }}

)

select
    {{ fatia(fatias) }}
    cast(sum(fatos.apos - fatos.antes) as decimal(38, 4)) as impacto_margem
from fatos
{{ por_fatia(fatias) }}
