{# Values of a key of several columns that stand in more than one row. #}
{% test chave_unica(model, colunas) %}
select
    {{ colunas | join(', ') }},
    count(*) as linhas
from {{ model }}
group by {{ colunas | join(', ') }}
having count(*) > 1
{% endtest %}
