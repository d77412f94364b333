{# Versions of a member that do not meet: a gap, an overlap, or not exactly one current version. #}
{% test historico_continuo(model, membro) %}
select *
from (
    select
        {{ membro }} as membro,
        valido_de,
        valido_ate,
        case when {{ eh('eh_atual') }} then 1 else 0 end as atual,
        lag(valido_ate) over (partition by {{ membro }} order by valido_de) as fim_anterior,
        lead(valido_de) over (partition by {{ membro }} order by valido_de) as inicio_seguinte
    from {{ model }}
) as versoes
where
    valido_de >= valido_ate
    or (fim_anterior is null and valido_de <> '1900-01-01')
    or fim_anterior <> valido_de
    or (inicio_seguinte is null and (atual = 0 or valido_ate <> '9999-12-31'))
    or (inicio_seguinte is not null and atual = 1)
{% endtest %}
