{#
    Keys of a fact's rows that a mart over it must compute again: they are not in the mart, of
    another load there, or no longer in the fact; or a member of a dimension whose names the mart
    shows has changed. The mart has the fact's own _dlt_load_id. `dimensoes` are (dimension, key)
    pairs; `medidas` are columns to compare too, where a row of the fact can lose a part of itself.
#}
{% macro linhas_tocadas(mart, fato, chave, dimensoes, medidas=[]) -%}
    {%- set tabela = como_estava(mart) -%}
    {%- if tabela -%}
    {%- set ultima = ultima_carga(tabela) -%}
    select coalesce(agora.{{ chave }}, antes.{{ chave }}) as {{ chave }}
    from {{ fato }} as agora
    full outer join {{ tabela }} as antes on agora.{{ chave }} = antes.{{ chave }}
    where
        agora.{{ chave }} is null
        or antes.{{ chave }} is null
        {%- for coluna in ['_dlt_load_id'] + medidas %}
        or agora.{{ coluna }} <> antes.{{ coluna }}
        {%- endfor %}
        {{- em_meses_a_refazer(mart, 'coalesce(agora.data_id, antes.data_id)') }}
    {%- for dimensao, membro in dimensoes %}

    union

    select antes.{{ chave }}
    from {{ tabela }} as antes
    inner join {{ dimensao }} as membros on antes.{{ membro }} = membros.{{ membro }}
    where membros._dlt_load_id > {{ ultima }}
    {%- endfor %}
    {%- else -%}
    select {{ chave }}
    from {{ fato }}
    where 1 = 0
    {%- endif -%}
{%- endmacro %}
