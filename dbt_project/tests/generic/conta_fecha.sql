{# Months in which staging is not, exactly, the mart and the explained exclusions together. #}
{% test conta_fecha(model, medidas) %}
select
    entidade,
    mes
    {%- for medida in medidas %},
    sum(case when parcela = 'staging' then {{ medida }} else -{{ medida }} end) as {{ medida }}
    {%- endfor %}
from {{ model }}
group by entidade, mes
having
    {%- for medida in medidas %}
    {{ 'or ' if not loop.first }}sum(case when parcela = 'staging' then {{ medida }} else -{{ medida }} end) <> 0
    {%- endfor %}
{% endtest %}
