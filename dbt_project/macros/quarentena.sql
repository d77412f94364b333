{#
    Why a landed row cannot be believed, or null. The rules stand here once: staging marks the rows,
    audit.quarentena lists them, and whatever reads live rows leaves them out until the source
    mends them.
#}
{% macro motivo_quarentena(entidade) -%}
    {%- set regras = regras_de_quarentena()[entidade] -%}
    {%- if regras -%}
    {%- set casos -%}
    case
        {%- for regra in regras %}
        when {{ regra.quando }} then {{ literal(regra.motivo) }}
        {%- endfor %}
    end
    {%- endset -%}
    {{ texto(casos, 100) }}
    {%- else -%}
    {{ texto('null', 100) }}
    {%- endif -%}
{%- endmacro %}

{# 1 for a row that the source has not deleted and that can be believed, else 0. #}
{% macro esta_viva(entidade) -%}
    case
        when deleted_at is null and {{ motivo_quarentena(entidade) }} is null then 1
        else 0
    end
{%- endmacro %}

{% macro fora_do_calendario(coluna) -%}
    {{ coluna }} < '{{ var("calendario_inicio") }}'
    or {{ coluna }} >= {{ dbt.dateadd('day', 1, "cast('" ~ var('calendario_fim') ~ "' as date)") }}
{%- endmacro %}

{% macro regras_de_quarentena() -%}
    {%- set pedidos = [
        {
            'motivo': 'status do pedido desconhecido',
            'quando': "order_status is null or order_status not in ('Pendente', 'Pago', 'Faturado', "
                ~ "'Enviado', 'Entregue', 'Cancelado', 'Devolvido')"
        },
        {
            'motivo': 'data do pedido ausente ou fora do calendário',
            'quando': "order_date is null or " ~ fora_do_calendario('order_date')
        }
    ] -%}
    {%- for coluna in ['approved_at', 'shipped_at', 'delivered_at', 'canceled_at'] -%}
        {%- do pedidos.append({
            'motivo': coluna ~ ' fora do calendário', 'quando': fora_do_calendario(coluna)
        }) -%}
    {%- endfor -%}
    {{ return({
        'orders': pedidos,
        'order_items': [
            {
                'motivo': 'quantidade ausente ou não positiva',
                'quando': 'quantity is null or quantity <= 0'
            },
            {
                'motivo': 'valor ausente ou negativo',
                'quando': 'unit_price is null or unit_price < 0 '
                    ~ 'or gross_amount is null or gross_amount < 0 '
                    ~ 'or net_amount is null or net_amount < 0 or cost_amount < 0'
            },
            {
                'motivo': 'desconto ausente, negativo ou acima do bruto',
                'quando': 'discount_amount is null or discount_amount < 0 '
                    ~ 'or discount_amount > gross_amount'
            },
            {
                'motivo': 'líquido diferente de bruto menos desconto',
                'quando': 'net_amount <> gross_amount - discount_amount'
            },
            {
                'motivo': 'devolução negativa ou acima do vendido',
                'quando': 'return_quantity < 0 or return_quantity > quantity or returned_amount < 0'
            }
        ],
        'order_item_discounts': [
            {
                'motivo': 'desconto ausente ou negativo',
                'quando': 'discount_amount is null or discount_amount < 0'
            },
            {
                'motivo': 'final diferente de base menos desconto',
                'quando': 'base_amount is null or final_amount is null '
                    ~ 'or final_amount <> base_amount - discount_amount'
            },
            {'motivo': 'aprovação ausente', 'quando': 'approved is null'},
            {
                'motivo': 'data de aplicação fora do calendário',
                'quando': fora_do_calendario('applied_at')
            }
        ],
        'seller_targets_monthly': [
            {
                'motivo': 'meta ausente ou não positiva',
                'quando': 'target_amount is null or target_amount <= 0'
            },
            {
                'motivo': 'tipo de período desconhecido',
                'quando': "period_type is null "
                    ~ "or period_type not in ('Mensal', 'Trimestral', 'Anual')"
            },
            {
                'motivo': 'mês da meta ausente, fora do calendário ou não no dia 1',
                'quando': "target_month is null or day(target_month) <> 1 or "
                    ~ fora_do_calendario('target_month')
            }
        ]
    }) }}
{%- endmacro %}
