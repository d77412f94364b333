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
