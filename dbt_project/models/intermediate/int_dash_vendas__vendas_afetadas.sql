-- One row per sale that dash_vendas shows otherwise than fact_vendas, or under a member's old name;
-- none when dash_vendas is made anew.
with

final as (

    {{ linhas_tocadas('dash_vendas', ref('fact_vendas'), 'venda_id', [
        (ref('dim_cliente'), 'cliente_id'),
        (ref('dim_produto'), 'produto_id'),
        (ref('dim_regiao'), 'regiao_id'),
        (ref('dim_vendedor'), 'vendedor_id'),
        (ref('dim_equipe'), 'equipe_id')
    ]) }}

)

select * from final
