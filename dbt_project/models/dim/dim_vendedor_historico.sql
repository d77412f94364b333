-- One row per version of a seller: what was true of them from valido_de until valido_ate.
{{ config(unique_key='vendedor_versao_id', full_refresh=false) }}

{{ historico(
    dimensao=ref('dim_vendedor'),
    entidade='sellers',
    membro='vendedor',
    colunas=['equipe_id', 'gerente_id', 'estado', 'cidade', 'situacao_vendedor', 'meta_mensal']
) }}
