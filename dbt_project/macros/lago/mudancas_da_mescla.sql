{# Rows of a run that are not in the table as they are, and rows of the table that leave it. #}
{% macro mudancas_da_mescla(target, source, unique_key, colunas, predicados) -%}
{%- set chave = unique_key if unique_key is string else unique_key[0] -%}
select
    {%- for coluna in colunas %}
    case when agora.{{ chave }} is null then antes.{{ coluna }} else agora.{{ coluna }} end as {{ coluna }},
    {%- endfor %}
    case when agora.{{ chave }} is null then 1 else 0 end as sai
from {{ source }} as agora
full outer join (
    select *
    from {{ target }} as DBT_INTERNAL_DEST
    where {{ predicados | join(' and ') if predicados else '1 = 0' }}
) as antes
    on {{ mesma_chave(unique_key, 'agora', 'antes') }}
where
    {%- for coluna in colunas %}
    {{ 'or ' if not loop.first }}not agora.{{ coluna }} <=> antes.{{ coluna }}
    {%- endfor %}
{%- endmacro %}
