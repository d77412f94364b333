-- One row per day of which an aggregate of sales is computed again, as it is not what fact_vendas
-- says of the day: rows were added, changed, or left. An aggregate that is made anew asks for none.
with

vendas as (

    select
        data_id,
        count(*) as linhas,
        max(_dlt_load_id) as carga
    from {{ ref('fact_vendas') }}
    group by data_id

),

final as (

    {{ dias_tocados('vendas', 'agg_vendas_diario', linhas='sum(linhas)') }}

    union

    {{ dias_tocados('vendas', 'agg_vendedor_diario', linhas='sum(linhas)') }}

)

select * from final
