-- One row per version of a product: what was true of it from valido_de until valido_ate.
{{ config(unique_key='produto_versao_id', full_refresh=false) }}

{{ historico(
    dimensao=ref('dim_produto'),
    entidade='products',
    membro='produto',
    colunas=[
        'nome_produto', 'categoria', 'subcategoria', 'linha_produto', 'marca', 'situacao_produto',
        'preco_custo', 'preco_sugerido'
    ]
) }}
