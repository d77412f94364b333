{#
    Why a landed row cannot be believed, or null: what the loader says of values that did not fit
    their columns, else the first rule that the row breaks. The rules stand once, in dbt_project.yml:
    staging marks the rows, audit.quarentena lists them, and whatever reads live rows leaves them
    out until the source mends them.
#}
{% macro motivo_quarentena(entidade) -%}
    {%- set regras = var('quarentena').get(entidade, []) -%}
    {%- set motivo -%}
    case
        when _quarantine is not null then _quarantine
        {%- for regra in regras %}
        when {{ condicao_da_regra(regra) }} then {{ literal(regra.motivo) }}
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

{# A column, null where its value alone cannot be believed. #}
{% macro ou_nulo(entidade, coluna) -%}
    case when {{ condicao_da_regra(var('anulados')[entidade][coluna], coluna) }} then null else {{ coluna }} end
{%- endmacro %}

{#
    The second and the third of three amounts of which the first less the second is the third: where
    they differ by a last decimal, whole and rest stand, as invoiced.
#}
{% macro parte_exata(inteiro, parte, resto) -%}
    case
        when abs({{ inteiro }} - {{ parte }} - {{ resto }}) <= 0.0001 and {{ resto }} <= {{ inteiro }}
            then cast({{ inteiro }} - {{ resto }} as decimal(18, 4))
        else {{ parte }}
    end
{%- endmacro %}

{% macro resto_exato(inteiro, parte, resto) -%}
    case
        when abs({{ inteiro }} - {{ parte }} - {{ resto }}) <= 0.0001 and {{ resto }} > {{ inteiro }}
            then cast({{ inteiro }} - {{ parte }} as decimal(18, 4))
        else {{ resto }}
    end
{%- endmacro %}

{#
    Which values of a row were left out and why, or null: those that did not fit their columns, as
    the loader says, and those that `ou_nulo` leaves out.
#}
{% macro valores_anulados(entidade) -%}
    {%- set regras = {} -%}
    {%- for grupo in ['anulados', 'ajustados'] -%}
        {%- do regras.update(var(grupo).get(entidade, {})) -%}
    {%- endfor -%}
    {%- if regras -%}
        {%- set partes = ["case when _odd_values is null then '' else concat('; ', _odd_values) end"] -%}
        {%- for coluna, regra in regras.items() -%}
            {%- do partes.append(
                'case when ' ~ condicao_da_regra(regra, coluna) ~ ' then '
                ~ literal('; ' ~ coluna ~ ': ' ~ regra.motivo) ~ " else '' end"
            ) -%}
        {%- endfor -%}
        {%- set todas = 'concat(' ~ partes | join(', ') ~ ')' -%}
        {{ texto("nullif(substring(" ~ todas ~ ", 3, 4000), '')", 4000) }}
    {%- else -%}
        {{ texto('_odd_values', 4000) }}
    {%- endif -%}
{%- endmacro %}

{# The condition of a rule; :x is the column that it is about, :inicio and :fim the calendar. #}
{% macro condicao_da_regra(regra, coluna='') -%}
    {{ regra.quando
        | replace(':inicio', "'" ~ var('calendario_inicio') ~ "'")
        | replace(':fim', "'" ~ var('calendario_fim') ~ "'")
        | replace(':x', coluna) }}
{%- endmacro %}
