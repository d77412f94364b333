-- One row per entity × part of the account between what landed and what is in its fact.
{{ espera_por('feature_gates') }}
with

contas as (

    select entidade, parcela, linhas, valor_liquido
    from {{ ref('reconciliation') }}

),

final as (

    select
        ---------- chaves
        entidade,
        parcela,

        ---------- medidas
        cast(sum(linhas) as bigint) as linhas,
        cast(sum(valor_liquido) as decimal(38, 4)) as valor_liquido

    from contas
    group by entidade, parcela

)

select * from final
