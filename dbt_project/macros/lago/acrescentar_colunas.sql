{# Columns that the source has got since the table was made. #}
{% macro acrescentar_colunas(tabela, pousadas) -%}
    {%- set antes = run_query('describe query select * from ' ~ tabela).columns[0].values() -%}
    {%- for coluna in run_query('describe query select * from ' ~ pousadas) if coluna[0] not in antes -%}
        {%- do run_query('alter table ' ~ tabela ~ ' add column ' ~ adapter.quote(coluna[0]) ~ ' ' ~ coluna[1]) -%}
    {%- endfor -%}
{%- endmacro %}
