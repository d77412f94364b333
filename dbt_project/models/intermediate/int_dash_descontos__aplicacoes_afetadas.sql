-- One row per discount application that dash_descontos shows otherwise than fact_descontos, or with
-- a member under an old name; none when dash_descontos is made anew.
with

final as (

    {{ linhas_tocadas('dash_descontos', ref('fact_descontos'), 'aplicacao_id', [
        (ref('dim_desconto'), 'desconto_id'),
        (ref('dim_produto'), 'produto_id'),
        (ref('dim_regiao'), 'regiao_id'),
        (ref('dim_vendedor'), 'vendedor_id'),
        (ref('dim_equipe'), 'equipe_id')
    ]) }}

)

select * from final
