-- One row per entity × month × portion: what staging holds, what the mart holds, and each reason
-- for which rows of staging are not in the mart. Staging is the sum of the others, exactly.
{% set medidas = [
    'quantidade', 'valor_bruto', 'valor_descontos', 'valor_liquido', 'valor_custo', 'preco_unitario',
    'quantidade_devolvida', 'valor_devolvido', 'valor_comissao'
] %}
{% for fato in ['fact_vendas', 'fact_descontos', 'fact_pedidos', 'fact_metas'] %}
{{- espera_por(fato) }}
{%- endfor %}

with

marts as (

    {%- for conta in contas_dos_fatos() %}

    select
        '{{ conta.entidade }}' as entidade,
        data_id,
        {%- for medida in medidas %}
        cast({{ conta.medidas.get(medida, 0) }} as decimal(38, 4)) as {{ medida }},
        {%- endfor %}
        {{ conta.medidas.soma_chaves }} as chave
    from {{ ref(conta.tabela) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

parcelas as (

    {%- for parcela, onde in [
        (texto("'staging'", 60), '1 = 1'), ('motivo', 'motivo is not null')
    ] %}

    -- staging is the sum of all that is in it, whatever the reason
    select
        entidade,
        mes,
        {{ parcela }} as parcela,
        {{ medidas | join(', ') }},
        linhas,
        soma_chaves
    from {{ ref('totais_staging') }}
    where {{ onde }}

    union all
    {%- endfor %}

    select
        entidade,
        cast(floor(data_id / 100.0) as int) as mes,
        {{ texto("'mart'", 60) }} as parcela,
        {%- for medida in medidas %}
        sum({{ medida }}) as {{ medida }},
        {%- endfor %}
        count(*) as linhas,
        sum(cast(chave as decimal(38, 0))) as soma_chaves
    from marts
    group by entidade, cast(floor(data_id / 100.0) as int)

),

final as (

    select
        {{ texto('entidade', 64) }} as entidade,
        cast(mes as int) as mes,
        parcela,
        {%- for medida in medidas %}
        cast(coalesce(sum({{ medida }}), 0) as decimal(38, 4)) as {{ medida }},
        {%- endfor %}
        cast(sum(linhas) as bigint) as linhas,
        cast(sum(soma_chaves) as decimal(38, 0)) as soma_chaves
    from parcelas
    group by entidade, mes, parcela

)

select * from final
