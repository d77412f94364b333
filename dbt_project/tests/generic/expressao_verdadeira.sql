{# Rows for which a condition does not hold; null counts as not holding. #}
{% test expressao_verdadeira(model, expressao) %}
select *
from {{ model }}
where {{ so_tocadas() or '1 = 1' }} and case when {{ expressao }} then 1 else 0 end = 0
{% endtest %}
