{#
    What dbt-sqlserver does and this project has otherwise. The macros have the adapter's names,
    which a project may take over; the other adapters never call them.
#}

{# No query labels: a server may speak T-SQL and not know them. #}
{% macro get_query_options(parse_options=False) -%}
{%- endmacro %}

{# Views are made anew in each build: to see that one is as it was takes more than to make it. #}
{% macro get_view_skip_check_sql(relation, compiled_sql) -%}
    select cast(null as nvarchar(1)) as definition, 0 as needs_refresh where 1 = 0
{%- endmacro %}

{#
    Tables and views of a schema, in the database as it is configured: the adapter's own say its
    name as the server has it, and a table is none to dbt where the two differ in case.
#}
{% macro sqlserver__list_relations_without_caching(schema_relation) -%}
    {{ return(relacoes(schema_relation)) }}
{%- endmacro %}

{% macro sqlserver__get_relation_without_caching(schema_relation) -%}
    {{ return(relacoes(schema_relation, schema_relation.identifier)) }}
{%- endmacro %}

{% macro relacoes(relacao, nome=none) -%}
    {%- call statement('relacoes', fetch_result=True) -%}
        select
            '{{ relacao.database }}' as [database],
            name as [name],
            '{{ relacao.schema }}' as [schema],
            case when type = 'V' then 'view' else 'table' end as table_type
        from sys.objects {{ information_schema_hints() }}
        where
            schema_id = schema_id('{{ relacao.schema }}')
            and type in ('U', 'V')
            {%- if nome %}
            and name = '{{ nome }}'
            {%- endif %}
    {%- endcall -%}
    {{ return(load_result('relacoes').table) }}
{%- endmacro %}

{# Indexes are what a first build makes: no look at the catalogue before each merge. #}
{% macro sqlserver__reconcile_indexes(relation) -%}
{%- endmacro %}

{#
    Types of columns are the contract's: what a SELECT gives is converted to them, in a first
    build by INSERT, later by MERGE, so only a column more or less is a change.
#}
{% macro diff_column_data_types(source_columns, target_columns) -%}
    {{ return([] if target.type in ('sqlserver', 'spark') else dbt.diff_column_data_types(source_columns, target_columns)) }}
{%- endmacro %}

{# The server itself describes each SELECT, for its columns to be compared with the contract. #}
{% macro sqlserver__get_assert_columns_equivalent(sql) -%}
    {%- if recurso_ligado('contracts') -%}
        {{ assert_columns_equivalent(sql) }}
    {%- endif -%}
{%- endmacro %}

{# Personal columns (`meta: pii`) are masked for all who lack UNMASK. #}
{% macro apply_masks(relation, mask_config) -%}
    {%- set mascaras = {} -%}
    {%- if recurso_ligado('masking') -%}
        {%- for coluna in model.columns.values() if coluna.config.meta.get('pii') -%}
            {%- do mascaras.update({coluna.name: 'default()'}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(sqlserver__apply_masks(relation, mascaras)) }}
{%- endmacro %}

{# Whether a feature that not every server has is on: see DW_SQLSERVER_FEATURES. #}
{% macro recurso_ligado(recurso) -%}
    {{ return(recurso in env_var('DW_SQLSERVER_FEATURES', 'columnstore,contracts,grants,masking')) }}
{%- endmacro %}

{# The key of a dimension as its one, unique index. #}
{% macro indice_unico() -%}
    {{ return(adapter.dispatch('indice_unico', 'dw_ecommerce')()) }}
{%- endmacro %}

{% macro default__indice_unico() -%}
{%- endmacro %}

{% macro sqlserver__indice_unico() -%}
    {#- Not as a default of `get`: dbt knows the setting, so what is not set is none to it. -#}
    {%- set chave = config.get('unique_key') or 'data_id' -%}
    {%- set indice = this.identifier ~ '_' ~ chave -%}
    if not exists (
        select 1 from sys.indexes
        where name = '{{ indice }}' and object_id = object_id('{{ this.schema }}.{{ this.identifier }}')
    )
    create unique clustered index {{ indice }} on {{ this.include(database=false) }} ({{ chave }})
{%- endmacro %}
