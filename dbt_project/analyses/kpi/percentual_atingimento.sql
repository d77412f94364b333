-- Atingimento da meta: realizado sobre meta, vezes 100, soma sobre soma. A meta de um trimestre ou
-- ano cujo vendedor tem metas mais curtas dentro dele já está nelas.
{% set fatias = ['mes', 'equipe', 'vendedor'] %}
with

fatos as (

    select
        metas.*,
        case
            when exists (
                    select 1
                    from {{ ref('fact_metas') }} as curtas
                    where
                        curtas.vendedor_id = metas.vendedor_id
                        and curtas.tipo_periodo <> metas.tipo_periodo
                        and curtas.data_id >= metas.data_id
                        and curtas.data_fim_id <= metas.data_fim_id
                ) then 0
            else 1
        end as conta
    from {{ ref('fact_metas') }} as metas

),

somas as (

    select
        {{ fatia(fatias) }}
        cast(sum(case when fatos.conta = 1 then fatos.valor_realizado end) as decimal(38, 4))
            as valor_realizado,
        cast(sum(case when fatos.conta = 1 then fatos.valor_meta end) as decimal(38, 4))
            as valor_meta
    from fatos
    {{ por_fatia(fatias) }}

)

select
    {{ da_fatia(fatias) }}
    valor_realizado,
    valor_meta,
    {{ razao('cast(valor_realizado * 100 as decimal(38, 4))', 'valor_meta', 6) }}
        as percentual_atingimento
from somas
