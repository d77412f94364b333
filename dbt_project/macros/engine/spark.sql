{#
    What dbt-spark does and this project has otherwise, and what only a lake needs. The macros have
    the adapter's names, which a project may take over; the other adapters never call them.
#}

{#
    Dates and times: dbt-spark's own fail on a null and forget fractions of seconds. As on the
    other engines, a difference counts the borders of days or seconds that lie between.
#}
{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) -%}
    timestampadd({{ datepart }}, {{ interval }}, {{ from_date_or_timestamp }})
{%- endmacro %}

{% macro spark__datediff(first_date, second_date, datepart) -%}
    {%- if datepart == 'day' -%}
        datediff(cast({{ second_date }} as date), cast({{ first_date }} as date))
    {%- else -%}
        timestampdiff(
            {{ datepart }},
            date_trunc('{{ datepart }}', {{ first_date }}),
            date_trunc('{{ datepart }}', {{ second_date }})
        )
    {%- endif -%}
{%- endmacro %}

{# Types of columns are the contract's: a first build converts to them, a MERGE does by itself. #}
{% macro spark__get_assert_columns_equivalent(sql) -%}
{%- endmacro %}

{% macro spark__get_select_subquery(sql) %}
    select
    {%- for coluna in model.columns.values() %}
        cast({{ coluna.name }} as {{ tipo_spark(coluna.data_type) }}) as {{ coluna.name }}{{ ',' if not loop.last }}
    {%- endfor %}
    from (
        {{ sql }}
    ) as conteudo
{%- endmacro %}

{% macro tipo_spark(tipo) -%}
    {{ 'string' if tipo.startswith('nvarchar') else tipo }}
{%- endmacro %}

{#
    What a run merges is computed once and kept, and what reads it plans nothing of it again: a view
    would be planned by the check of its columns, by the months and twice by the MERGE.
#}
{% macro spark__create_temporary_view(relation, compiled_code) -%}
    {#- Of a session that has built this model before. -#}
    {%- do run_query('drop table if exists ' ~ relation) -%}
    cache table {{ relation }} as
    {{ compiled_code }}
{%- endmacro %}

{#
    Without rows to merge there is nothing to do. Of a table that is partitioned by month a MERGE
    reads and writes only the months that hold a row of this run, or held it before.
#}
{% macro spark__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
    {%- if run_query('select 1 from ' ~ source ~ ' limit 1') | length == 0 -%}
        select 0 as linhas
    {%- else -%}
        {%- set meses = meses_tocados(target, source, unique_key) if config.get('partition_by') else none -%}
        {{ merge_com_exclusao(target, source, unique_key, meses) }}
    {%- endif -%}
{%- endmacro %}

{# The conditions that a row of the table is of a month that this run touches. #}
{% macro meses_tocados(target, source, chave) -%}
    {%- set meses = run_query(
        'select distinct cast(floor(data_id / 100) as int) from ('
        ~ 'select data_id from ' ~ source ~ ' union all select antes.data_id from ' ~ target
        ~ ' as antes inner join ' ~ source ~ ' as novas on antes.' ~ chave ~ ' = novas.' ~ chave ~ ')'
    ).columns[0].values() -%}
    {%- set condicoes = [] -%}
    {%- for mes in meses -%}
        {%- do condicoes.append(
            'DBT_INTERNAL_DEST.data_id between ' ~ (mes * 100) ~ ' and ' ~ (mes * 100 + 99)
        ) -%}
    {%- endfor -%}
    {{ return(['(' ~ condicoes | join(' or ') ~ ')']) }}
{%- endmacro %}

{# `pousar` brings rows of complete loads only. #}
{% macro spark__carga_completa() -%}
    {{ texto('_dlt_load_id', 32) }}
{%- endmacro %}

{% macro spark__sem_carga_em_curso(entidade) -%}
    1 = 1
{%- endmacro %}

{#
    Spark computes a CTE as often as it is named: here `final` is named once. Rows that are in the
    table as they are do not come out, so that a MERGE writes no file for their sake.
#}
{% macro spark__mudancas_e_saidas(final, escopo, colunas, chaves) -%}
select
    {%- for coluna in colunas %}
    case
        when {{ final }}.{{ chaves[0] }} is not null then {{ final }}.{{ coluna }}
        else {{ texto(marca_de_saida(), 32) if coluna == '_dlt_load_id' else 'antes.' ~ coluna }}
    end as {{ coluna }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ final }}
full outer join (
    select *
    from {{ this }} as antes
    where {{ escopo or '1 = 1' }}
) as antes
    on {% for chave in chaves %}{{ 'and ' if not loop.first }}{{ final }}.{{ chave }} = antes.{{ chave }} {% endfor %}
where
    {%- for coluna in colunas %}
    {{ 'or ' if not loop.first }}not {{ final }}.{{ coluna }} <=> antes.{{ coluna }}
    {%- endfor %}
{%- endmacro %}

{#
    The tables of a schema, which may not be there yet, in the form of SHOW TABLE EXTENDED, which
    Iceberg does not have: all are its own, so none needs to be described.
#}
{% macro spark__list_relations_without_caching(relation) -%}
    {%- set tabelas = [] -%}
    {%- if relation.schema in run_query('show schemas').columns[0].values() -%}
        {%- for tabela in run_query('show tables in ' ~ relation.schema) -%}
            {%- do tabelas.append([relation.schema, tabela['tableName'], false, 'Provider: iceberg']) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(tabelas) }}
{%- endmacro %}

{#
    Bring what has landed into the Iceberg tables of the sources: of each key the newest row of the
    complete loads that came since. The table is its own watermark, as everywhere, and a load that
    was cut off waits until it is complete. The other engines' loader does this itself.
#}
{% macro pousar() -%}
    {{ return(adapter.dispatch('pousar', 'dw_ecommerce')()) }}
{%- endmacro %}

{% macro default__pousar() -%}
{%- endmacro %}

{% macro spark__pousar() -%}
    {%- if execute -%}
        {%- for schema, fontes in graph.sources.values() | groupby('schema') -%}
            {%- do run_query('create schema if not exists ' ~ schema) -%}
            {%- set tabelas = run_query('show tables in ' ~ schema).columns['tableName'].values() -%}
            {%- for fonte in fontes -%}
                {%- if fonte.name == '_dlt_loads' -%}
                    {%- do pousar_cargas(schema) -%}
                {%- else -%}
                    {%- do pousar_linhas(fonte, nova=fonte.name not in tabelas) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{% macro pouso(schema, nome) -%}
    {{ env_var('DW_LAKE_URL') }}/landing/{{ schema }}/{{ nome }}
{%- endmacro %}

{# dlt tells of each complete load in a file of JSON. #}
{% macro cargas_completas(schema) -%}
    json.`{{ pouso(schema, '_dlt_loads') }}`
{%- endmacro %}

{% macro pousar_cargas(schema) -%}
    {%- call statement('pousar_cargas') -%}
        create or replace table {{ schema }}._dlt_loads using iceberg as
        select
            load_id, schema_name, status, cast(inserted_at as timestamp) as inserted_at,
            schema_version_hash
        from {{ cargas_completas(schema) }}
    {%- endcall -%}
{%- endmacro %}

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

{# Columns that the source has got since the table was made. #}
{% macro acrescentar_colunas(tabela, pousadas) -%}
    {%- set antes = run_query('describe query select * from ' ~ tabela).columns[0].values() -%}
    {%- for coluna in run_query('describe query select * from ' ~ pousadas) if coluna[0] not in antes -%}
        {%- do run_query('alter table ' ~ tabela ~ ' add column ' ~ adapter.quote(coluna[0]) ~ ' ' ~ coluna[1]) -%}
    {%- endfor -%}
{%- endmacro %}

{# Of each key the newest row; a load brings a key once. #}
{% macro mais_novas(linhas, chaves) -%}
    select mais_nova.*
    from (
        select max_by(struct(*), _dlt_load_id) as mais_nova
        from ({{ linhas }})
        group by {{ chaves | join(', ') }}
    )
{%- endmacro %}

{% macro mesclar_pousadas(tabela, novas, chaves) -%}
    merge into {{ tabela }} as antes
    using ({{ novas }}) as novas
    on {% for chave in chaves %}{{ 'and ' if not loop.first }}antes.{{ chave }} = novas.{{ chave }} {% endfor %}
    when matched then update set *
    when not matched then insert *
{%- endmacro %}

{#
    Few files of a good size in the place of many small ones, and no snapshots that nobody goes
    back to: for `make spark-compact`.
#}
{% macro compactar(dias=7) -%}
    {%- set antes_de = modules.datetime.datetime.now(modules.pytz.utc) - modules.datetime.timedelta(days=dias) -%}
    {%- for schema in run_query('show schemas').columns[0].values() -%}
        {%- for tabela in run_query('show tables in ' ~ schema) -%}
            {%- set nome = schema ~ '.' ~ tabela['tableName'] -%}
            {%- set feito = run_query("call dw.system.rewrite_data_files(table => '" ~ nome ~ "')")[0] -%}
            {%- do run_query(
                "call dw.system.expire_snapshots(table => '" ~ nome ~ "', retain_last => 2,"
                ~ " older_than => timestamp '" ~ antes_de.strftime('%Y-%m-%d %H:%M:%S') ~ "')"
            ) -%}
            {%- if feito[0] > 0 -%}
                {%- do log(nome ~ ': ' ~ feito[0] ~ ' files became ' ~ feito[1], info=true) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}
