-- One row per order that dash_ciclo_pedidos shows otherwise than fact_pedidos, under a member's old
-- name, or younger than it is; none when dash_ciclo_pedidos is made anew.
with

final as (

    {{ linhas_tocadas('dash_ciclo_pedidos', ref('fact_pedidos'), 'pedido_id', [
        (ref('dim_regiao'), 'regiao_id'),
        (ref('dim_vendedor'), 'vendedor_id'),
        (ref('dim_vendedor_historico'), 'vendedor_id'),
        (ref('dim_equipe'), 'equipe_id')
    ], medidas=['quantidade_itens', 'valor_total_liquido']) }}

    {%- if como_estava('dash_ciclo_pedidos') %}

    union

    -- open orders grow older
    select pedido_id
    from {{ ref('fact_pedidos') }}
    where {{ eh('eh_aberto') }}
    {%- endif %}

)

select * from final
