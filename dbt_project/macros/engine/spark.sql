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
    A MERGE reads its rows twice: they are computed once. Of a table that is partitioned by month
    it reads and writes only the months that hold a row of this run, or held it before.
#}
{% macro spark__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
    {%- do run_query('cache table ' ~ source) -%}
    {%- set meses = meses_tocados(target, source, unique_key) if config.get('partition_by') else none -%}
    {{ merge_com_exclusao(target, source, unique_key, meses) }}
{%- endmacro %}

{# The condition that a row of the table is of a month that this run touches. #}
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
    {{ return(['(' ~ (condicoes | join(' or ') or '1 = 0') ~ ')']) }}
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
    {%- if nova -%}
        {%- do run_query(
            'create table ' ~ tabela ~ ' using iceberg as select * from ' ~ pousadas ~ ' where 1 = 0'
        ) -%}
    {%- endif -%}
    {%- set novas -%}
        select *
        from {{ pousadas }}
        where
            _dlt_load_id > (select coalesce(max(_dlt_load_id), '') from {{ tabela }})
            and _dlt_load_id in (
                select load_id from {{ cargas_completas(fonte.schema) }} where status = 0
            )
    {%- endset -%}
    {%- if run_query('select count(*) from (' ~ novas ~ ')').columns[0].values()[0] > 0 -%}
        {%- if not nova -%}
            {%- do acrescentar_colunas(tabela, pousadas) -%}
        {%- endif -%}
        {%- do run_query(mesclar_pousadas(tabela, novas, fonte.config.meta.chave)) -%}
    {%- endif -%}
{%- endmacro %}

{# Columns that the source has got since the table was made. #}
{% macro acrescentar_colunas(tabela, pousadas) -%}
    {%- set antes = run_query('describe query select * from ' ~ tabela).columns[0].values() -%}
    {%- for coluna in run_query('describe query select * from ' ~ pousadas) if coluna[0] not in antes -%}
        {%- do run_query('alter table ' ~ tabela ~ ' add column ' ~ adapter.quote(coluna[0]) ~ ' ' ~ coluna[1]) -%}
    {%- endfor -%}
{%- endmacro %}

{% macro mesclar_pousadas(tabela, novas, chaves) -%}
    merge into {{ tabela }} as antes
    using (
        select *
        from (
            select
                *,
                row_number() over (
                    partition by {{ chaves | join(', ') }} order by _dlt_load_id desc
                ) as posicao
            from ({{ novas }})
        )
        where posicao = 1
    ) as novas
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
            {%- do log(nome ~ ': ' ~ feito[0] ~ ' files became ' ~ feito[1], info=true) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}
