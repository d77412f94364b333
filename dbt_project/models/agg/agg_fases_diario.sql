-- One row per day of creation × phase of its orders: how long the phase took, in hours.
{{ config(
    unique_key=['data_id', 'fase'],
    incremental_predicates=[
        "data_id in (select data_id from intermediate.int_pedidos__dias_afetados)"
    ]
) }}

with

pedidos as (

    select
        data_id, duracao_aprovado_horas, duracao_enviado_horas, duracao_entregue_horas,
        duracao_total_horas, duracao_cancelado_horas, _dlt_load_id
    from {{ ref('fact_pedidos') }}
    {%- if is_incremental() %}
    where data_id in (select dias.data_id from {{ ref('int_pedidos__dias_afetados') }} as dias)
    {%- endif %}

),

por_dia as (

    select
        data_id,
        count(*) as pedidos,
        max(_dlt_load_id) as _dlt_load_id
    from pedidos
    group by data_id

),

duracoes as (

    {%- for fase in ['Aprovado', 'Enviado', 'Entregue', 'Total', 'Cancelado'] %}

    select
        data_id,
        {{ texto(literal(fase), 20) }} as fase,
        duracao_{{ fase | lower }}_horas as horas
    from pedidos
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

ordenadas as (

    select
        data_id,
        fase,
        horas,
        row_number() over (partition by data_id, fase order by horas asc) as posicao,
        count(*) over (partition by data_id, fase) as n
    from duracoes
    where horas is not null

),

resumo as (

    -- percentiles by nearest rank: an observed duration, equal in every engine
    select
        data_id,
        fase,
        count(*) as n,
        sum(horas) as soma,
        min(case when posicao * 2 >= n then horas end) as p50_horas,
        min(case when posicao * 10 >= n * 9 then horas end) as p90_horas
    from ordenadas
    group by data_id, fase

),

fases as (

    select distinct fase
    from duracoes

),

final as (

    select
        ---------- chaves
        por_dia.data_id,
        fases.fase,

        ---------- medidas
        cast(por_dia.pedidos as bigint) as pedidos,
        cast(coalesce(resumo.n, 0) as bigint) as n,
        {{ razao('cast(resumo.soma as decimal(38, 4))', 'cast(resumo.n as decimal(38, 4))') }}
            as media_horas,
        resumo.p50_horas,
        resumo.p90_horas,
        por_dia._dlt_load_id

    from por_dia
    cross join fases
    left join resumo on por_dia.data_id = resumo.data_id and fases.fase = resumo.fase

)

select * from final
