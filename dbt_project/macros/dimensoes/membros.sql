{#
    The keys of a dimension: the source's own rows that pass `filtro`, the keys that other rows
    name although their own row has not arrived (inferido = 1), and null, which is the row -1.
    citada_em is a list of (staging model, column).
#}
{% macro membros(entidade, chave, citada_em, filtro='1 = 1') -%}
    select
        {{ chave }},
        0 as inferido,
        _dlt_load_id
    from {{ ref(entidade) }}
    where {{ filtro }}

    union all

    select
        citacoes.{{ chave }},
        1 as inferido,
        max(citacoes._dlt_load_id) as _dlt_load_id
    from (
        {%- for modelo, coluna in citada_em %}
        select
            {{ coluna }} as {{ chave }},
            _dlt_load_id
        from {{ ref(modelo) }}
        where {{ coluna }} is not null
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as citacoes
    left join {{ ref(entidade) }} as conhecidos on citacoes.{{ chave }} = conhecidos.{{ chave }}
    where conhecidos.{{ chave }} is null
    group by citacoes.{{ chave }}

    union all

    select
        {{ texto('null', 128) }} as {{ chave }},
        0 as inferido,
        {{ texto("''", 32) }} as _dlt_load_id
{%- endmacro %}
