-- One row per product, with current values and its supplier, and the row -1.
-- Only a member that was never more than a name can leave.
{{ config(unique_key='produto_id', incremental_predicates=[eh('eh_inferido')]) }}

{% set ultima = ultima_carga() %}
{% set mudou %}
    _dlt_load_id > {{ ultima }}
    or supplier_id in (
        select f.supplier_id
        from {{ ref('stg_oltp__suppliers') }} as f
        where f._dlt_load_id > {{ ultima }}
    )
{% endset %}

with

produtos as (

    select
        product_id, product_code, sku, barcode, product_name, short_description, category_name,
        subcategory_name, product_line, brand, manufacturer, supplier_id, country_origin,
        weight_kg, color, material, cost_price, list_price, suggested_margin_percent,
        is_perishable, is_fragile, requires_refrigeration, minimum_age, min_stock, max_stock,
        reorder_days, product_status, launch_date, discontinued_date, rating_avg, rating_count,
        updated_at, deleted_at
    from {{ ref('stg_oltp__products') }}

),

fornecedores as (

    select supplier_id, supplier_code, supplier_name, country, _dlt_load_id
    from {{ ref('stg_oltp__suppliers') }}

),

membros as (

    {{ membros(
        'stg_oltp__products', 'product_id',
        citada_em=[('stg_oltp__order_items', 'product_id')],
        filtro=mudou if is_incremental() else '1 = 1'
    ) }}

),

final as (

    select
        ---------- chaves
        {{ chave('membros.product_id') }} as produto_id,
        {{ texto("coalesce(membros.product_id, '-1')", 128) }} as produto_original_id,

        ---------- textos
        {{ texto('produtos.product_code', 255) }} as codigo_produto,
        {{ texto('produtos.sku', 255) }} as sku,
        {{ texto('produtos.barcode', 255) }} as codigo_barras,
        {{ nao_informado('produtos.product_name', 255) }} as nome_produto,
        {{ texto('produtos.short_description', 4000) }} as descricao_curta,
        {{ nao_informado('produtos.category_name', 255) }} as categoria,
        {{ nao_informado('produtos.subcategory_name', 255) }} as subcategoria,
        {{ nao_informado('produtos.product_line', 255) }} as linha_produto,
        {{ nao_informado('produtos.brand', 255) }} as marca,
        {{ texto('produtos.manufacturer', 255) }} as fabricante,
        {{ texto('fornecedores.supplier_code', 255) }} as codigo_fornecedor,
        {{ nao_informado('fornecedores.supplier_name', 255) }} as nome_fornecedor,
        {{ texto('fornecedores.country', 255) }} as pais_fornecedor,
        {{ texto('produtos.country_origin', 255) }} as pais_origem,
        {{ texto('produtos.color', 255) }} as cor,
        {{ texto('produtos.material', 255) }} as material,
        {{ nao_informado('produtos.product_status', 255) }} as situacao_produto,

        ---------- números e datas
        produtos.weight_kg as peso_kg,
        produtos.cost_price as preco_custo,
        produtos.list_price as preco_sugerido,
        produtos.suggested_margin_percent as margem_sugerida_pct,
        cast(produtos.minimum_age as int) as idade_minima,
        cast(produtos.min_stock as int) as estoque_minimo,
        cast(produtos.max_stock as int) as estoque_maximo,
        cast(produtos.reorder_days as int) as dias_reposicao,
        produtos.rating_avg as nota_media,
        cast(produtos.rating_count as int) as quantidade_avaliacoes,
        produtos.launch_date as data_lancamento,
        produtos.discontinued_date as data_descontinuado,

        ---------- situação
        produtos.is_perishable as eh_perecivel,
        produtos.is_fragile as eh_fragil,
        produtos.requires_refrigeration as requer_refrigeracao,
        {{ booleano('membros.inferido = 1') }} as eh_inferido,
        {{ booleano('produtos.deleted_at is not null') }} as eh_excluido,
        produtos.updated_at as atualizado_em,
        {{ maior(['membros._dlt_load_id', "coalesce(fornecedores._dlt_load_id, '')"]) }}
            as _dlt_load_id

    from membros
    left join produtos on membros.product_id = produtos.product_id
    left join fornecedores on produtos.supplier_id = fornecedores.supplier_id

)

select * from final
