{% macro pousar_linhas(fonte, nova) -%}
    {%- set tabela = fonte.schema ~ '.' ~ fonte.name -%}
    {%- set pousadas = 'parquet.`' ~ pouso(fonte.schema, fonte.name) ~ '`' -%}
    {%- set completas -%}
        select *
        from {{ pousadas }}
        where _dlt_load_id in (
            select load_id from {{ cargas_completas(fonte.schema) }} where status = 0
        )
    {%- endset -%}
    {%- set chaves = fonte.config.meta.chave -%}
    {%- if nova -%}
        {%- do run_query(
            'create table ' ~ tabela ~ ' using iceberg as ' ~ mais_novas(completas, chaves)
        ) -%}
    {%- else -%}
        {%- set novas = completas ~ ' and _dlt_load_id > (select coalesce(max(_dlt_load_id), '
            ~ "'') from " ~ tabela ~ ')' -%}
        {%- if run_query('select count(*) from (' ~ novas ~ ')').columns[0].values()[0] > 0 -%}
            {%- do acrescentar_colunas(tabela, pousadas) -%}
            {%- do run_query(mesclar_pousadas(tabela, mais_novas(novas, chaves), chaves)) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
