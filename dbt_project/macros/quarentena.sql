{#
    Why a landed row cannot be believed, or null: what the loader says of values that did not fit
    their columns, else the first rule that the row breaks. The rules stand here once: staging marks
    the rows, audit.quarentena lists them, and whatever reads live rows leaves them out until the
    source mends them.
#}
{% macro motivo_quarentena(entidade) -%}
    {%- set regras = regras_de_quarentena()[entidade] -%}
    {%- set motivo -%}
    case
        when _quarantine is not null then _quarantine
        {%- for regra in regras %}
        when {{ regra.quando }} then {{ literal(regra.motivo) }}
        {%- endfor %}
    end
    {%- endset -%}
    {{ texto(motivo if regras else '_quarantine', 300) }}
{%- endmacro %}

{# 1 for a row that the source has not deleted and that can be believed, else 0. #}
{% macro esta_viva(entidade) -%}
    case
        when
            deleted_at is null
            and _hard_deleted_at is null
            and {{ motivo_quarentena(entidade) }} is null
            then 1
        else 0
    end
{%- endmacro %}

{% macro fora_do_calendario(coluna) -%}
    {{ coluna }} < '{{ var("calendario_inicio") }}'
    or {{ coluna }} >= {{ dbt.dateadd('day', 1, "cast('" ~ var('calendario_fim') ~ "' as date)") }}
{%- endmacro %}

{% macro regras_de_quarentena() -%}
    {%- set fim_do_calendario = "cast('" ~ var('calendario_fim') ~ "' as date)" -%}
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
            },
            {
                'motivo': 'período da meta além do calendário',
                'quando': "period_type = 'Trimestral' and target_month > "
                    ~ dbt.dateadd('month', -2, fim_do_calendario)
                    ~ " or period_type = 'Anual' and target_month > "
                    ~ dbt.dateadd('month', -11, fim_do_calendario)
            }
        ]
    }) }}
{%- endmacro %}
