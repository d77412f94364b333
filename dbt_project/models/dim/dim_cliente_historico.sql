-- One row per version of a customer: what was true of it from valido_de until valido_ate.
{{ config(unique_key='cliente_versao_id', full_refresh=false) }}

{{ historico(
    dimensao=ref('dim_cliente'),
    entidade='customers',
    membro='cliente',
    colunas=['tipo_cliente', 'segmento', 'categoria_valor', 'cidade', 'estado', 'pais', 'eh_vip', 'eh_ativo']
) }}
