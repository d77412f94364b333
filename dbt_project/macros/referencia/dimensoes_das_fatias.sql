{% macro dimensoes_das_fatias() -%}
    {{ return({
        'mes': {'tabela': 'dim_data', 'chave': 'data_id', 'coluna': 'ano_mes'},
        'regiao': {'tabela': 'dim_regiao', 'chave': 'regiao_id', 'coluna': 'regiao_pais'},
        'categoria': {'tabela': 'dim_produto', 'chave': 'produto_id', 'coluna': 'categoria'},
        'equipe': {'tabela': 'dim_equipe', 'chave': 'equipe_id', 'coluna': 'nome_equipe'},
        'vendedor': {'tabela': 'dim_vendedor', 'chave': 'vendedor_id', 'coluna': 'nome_vendedor'},
        'campanha': {'tabela': 'dim_desconto', 'chave': 'desconto_id', 'coluna': 'nome_campanha'}
    }) }}
{%- endmacro %}
