{% macro mesclar_pousadas(tabela, novas, chaves) -%}
    merge into {{ tabela }} as antes
    using ({{ novas }}) as novas
    on {{ mesma_chave(chaves, 'antes', 'novas') }}
    when matched then update set *
    when not matched then insert *
{%- endmacro %}
