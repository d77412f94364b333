-- One row per customer, with current values, and the row -1.
-- Only a member that was never more than a name can leave.
{{ config(unique_key='cliente_id', incremental_predicates=[eh('eh_inferido')]) }}

with

clientes as (

    select
        customer_id, customer_code, full_name, email, phone, document_number, birth_date, gender,
        customer_type, segment, credit_score, value_category, address_line, district, city,
        state, country, zip_code, first_signup_date, last_purchase_date, is_active,
        accepts_email_marketing, is_vip, updated_at, deleted_at
    from {{ ref('stg_oltp__customers') }}

),

membros as (

    {{ membros(
        'stg_oltp__customers', 'customer_id',
        citada_em=[('stg_oltp__orders', 'customer_id')],
        filtro='_dlt_load_id > ' ~ ultima_carga() if is_incremental() else '1 = 1'
    ) }}

),

final as (

    select
        ---------- chaves
        {{ chave('membros.customer_id') }} as cliente_id,
        {{ texto("coalesce(membros.customer_id, '-1')", 128) }} as cliente_original_id,

        ---------- dados pessoais
        {{ nao_informado('clientes.full_name', 255) }} as nome_cliente,
        {{ texto('clientes.document_number', 255) }} as cpf_cnpj,
        {{ texto('clientes.email', 255) }} as email,
        {{ texto('clientes.phone', 255) }} as telefone,
        clientes.birth_date as data_nascimento,
        {{ texto('clientes.address_line', 255) }} as endereco,
        {{ texto('clientes.district', 255) }} as bairro,
        {{ texto('clientes.zip_code', 255) }} as cep,

        ---------- textos
        {{ texto('clientes.customer_code', 255) }} as codigo_cliente,
        {{ texto('clientes.gender', 255) }} as genero,
        {{ nao_informado('clientes.customer_type', 255) }} as tipo_cliente,
        {{ com_acentos(nao_informado('clientes.segment', 255), 255) }} as segmento,
        {{ nao_informado('clientes.value_category', 255) }} as categoria_valor,
        {{ nao_informado('clientes.city', 255) }} as cidade,
        {{ nao_informado('clientes.state', 255) }} as estado,
        {{ nao_informado('clientes.country', 255) }} as pais,

        ---------- números e datas
        cast(clientes.credit_score as int) as pontuacao_credito,
        clientes.first_signup_date as data_cadastro,
        clientes.last_purchase_date as data_ultima_compra,

        ---------- situação
        clientes.accepts_email_marketing as aceita_email_marketing,
        clientes.is_vip as eh_vip,
        clientes.is_active as eh_ativo,
        {{ booleano('membros.inferido = 1') }} as eh_inferido,
        {{ booleano('clientes.deleted_at is not null') }} as eh_excluido,
        clientes.updated_at as atualizado_em,
        membros._dlt_load_id

    from membros
    left join clientes on membros.customer_id = clientes.customer_id

)

select * from final
