-- One row per discount campaign or coupon, and the row -1.
{{ config(unique_key='desconto_id', incremental_predicates=['1 = 1']) }}

with

campanhas as (

    select
        discount_id, discount_code, campaign_name, description, discount_type, discount_method,
        discount_value, min_order_value, max_discount_value, max_uses_per_customer,
        max_uses_total, apply_scope, start_at, end_at, is_active, is_stackable,
        approval_required, deleted_at
    from {{ ref('stg_oltp__discount_campaigns') }}

),

membros as (

    {{ membros(
        'stg_oltp__discount_campaigns', 'discount_id',
        citada_em=[('stg_oltp__order_item_discounts', 'discount_id')]
    ) }}

),

final as (

    select
        ---------- chaves
        {{ chave('membros.discount_id') }} as desconto_id,
        {{ texto("coalesce(membros.discount_id, '-1')", 128) }} as desconto_original_id,

        ---------- textos
        {{ nao_informado('campanhas.discount_code', 255) }} as codigo_desconto,
        {{ nao_informado('campanhas.campaign_name', 255) }} as nome_campanha,
        {{ texto('campanhas.description', 4000) }} as descricao,
        {{ com_acentos(nao_informado('campanhas.discount_type', 255), 255) }} as tipo_desconto,
        {{ com_acentos(nao_informado('campanhas.discount_method', 255), 255) }} as metodo_desconto,
        {{ com_acentos(nao_informado('campanhas.apply_scope', 255), 255) }} as aplica_em,

        ---------- regras
        campanhas.discount_value as valor_desconto,
        campanhas.min_order_value as valor_minimo_pedido,
        campanhas.max_discount_value as valor_maximo_desconto,
        cast(campanhas.max_uses_per_customer as int) as usos_maximos_cliente,
        cast(campanhas.max_uses_total as int) as usos_maximos_total,
        campanhas.start_at as inicio_validade,
        campanhas.end_at as fim_validade,
        campanhas.is_stackable as eh_cumulativo,
        campanhas.approval_required as requer_aprovacao,

        ---------- situação
        campanhas.is_active as eh_ativo,
        {{ booleano('membros.inferido = 1') }} as eh_inferido,
        {{ booleano('campanhas.deleted_at is not null') }} as eh_excluido,
        membros._dlt_load_id

    from membros
    left join campanhas on membros.discount_id = campanhas.discount_id

)

select * from final
