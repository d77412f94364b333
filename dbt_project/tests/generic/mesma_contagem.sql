{# A join that lost or multiplied rows: the model has not as many as `modelo`. #}
{% test mesma_contagem(model, modelo) %}
select
    aqui.linhas,
    la.linhas as esperado
from (select count(*) as linhas from {{ model }}) as aqui
cross join (select count(*) as linhas from {{ modelo }}) as la
where aqui.linhas <> la.linhas
{% endtest %}
