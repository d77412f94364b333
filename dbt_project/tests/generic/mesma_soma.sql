{# Columns whose sum in an aggregate is not, to the last decimal, their sum in the fact. #}
{% test mesma_soma(model, fato, colunas) %}
select *
from (
    {%- for coluna in colunas %}
    select
        '{{ coluna }}' as coluna,
        (select cast(coalesce(sum({{ coluna }}), 0) as decimal(38, 4)) from {{ model }}) as aqui,
        (select cast(coalesce(sum({{ coluna }}), 0) as decimal(38, 4)) from {{ fato }}) as esperado
    {{ 'union all' if not loop.last }}
    {%- endfor %}
) as somas
where aqui <> esperado
{% endtest %}
