{#
    What has landed since this table was last built: rows whose _dlt_load_id is greater. The
    watermark is the table's own content, so that a build that died, or built only this model,
    needs no bookkeeping: the next one starts from what is really there. It is asked for before:
    by a constant an engine passes over most of a table, by a subquery it compares every row.
#}
{% macro ultima_carga() -%}
    {%- set maior = "select coalesce(max(_dlt_load_id), '') as carga from " ~ this -%}
    {%- if execute and is_incremental() and var('offline', none) is none -%}
        {{ literal(run_query(maior).columns[0].values()[0]) }}
    {%- else -%}
        ({{ maior }})
    {%- endif -%}
{%- endmacro %}

{#
    The load that a landed row counts for. A load that was cut off has put rows of some tables in
    staging already; they count for the load before, so that whatever reads them now reads them
    again when the load is complete.
#}
{% macro carga_completa() -%}
    {{ return(adapter.dispatch('carga_completa', 'dw_ecommerce')()) }}
{%- endmacro %}

{% macro default__carga_completa() -%}
    {%- set completa = ultima_carga_completa() -%}
    {{ texto("case when _dlt_load_id > " ~ completa ~ " then " ~ completa ~ " else _dlt_load_id end", 32) }}
{%- endmacro %}

{% macro ultima_carga_completa() -%}
    (select max(load_id) from {{ source('staging', '_dlt_loads') }} where status = 0)
{%- endmacro %}

{# Whether no row of an entity is of a load that is still incomplete. #}
{% macro sem_carga_em_curso(entidade) -%}
    {{ return(adapter.dispatch('sem_carga_em_curso', 'dw_ecommerce')(entidade)) }}
{%- endmacro %}

{% macro default__sem_carga_em_curso(entidade) -%}
    not exists (
        select 1
        from {{ source('staging', entidade) }} as pousadas
        where pousadas._dlt_load_id > {{ ultima_carga_completa() }}
    )
{%- endmacro %}

{#
    Last select of an incremental model. `final` holds the rows that must be in the table, all of
    them in a first build, those in `escopo` in an incremental one; escopo is a condition on the
    alias `antes`, the table as it stands. Its rows in that scope that `final` lacks come out with
    the mark of leaving for _dlt_load_id, and get_merge_sql deletes them in the same statement that
    merges the others. A mark inside a column of the contract, since the contract has no other. Of
    the rest only their keys are read: the table may be wide.
#}
{% macro marca_de_saida() -%}
    'sai'
{%- endmacro %}

{% macro com_saidas(final, escopo=none) %}
{%- set colunas = model.columns.keys() | list -%}
{%- if is_incremental() %}
{{ adapter.dispatch('mudancas_e_saidas', 'dw_ecommerce')(
    final, escopo, colunas, em_lista(config.get('unique_key'))
) }}
{%- else %}
select
    {%- for coluna in colunas %}
    {{ coluna }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ final }}
{%- endif %}
{% endmacro %}

{% macro em_lista(valor) -%}
    {{ return([valor] if valor is string else valor) }}
{%- endmacro %}

{% macro default__mudancas_e_saidas(final, escopo, colunas, chaves) -%}
select
    {%- for coluna in colunas %}
    {{ coluna }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ final }}

union all

select
    {%- for coluna in colunas %}
    {% if coluna == '_dlt_load_id' -%}
    {{ texto(marca_de_saida(), 32) }}
    {%- else -%}
    {{ 'antes.' ~ coluna if coluna in chaves else 'null' }}
    {%- endif %} as {{ coluna }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ this }} as antes
where
    not exists (
        select 1
        from {{ final }}
        where {% for chave in chaves %}{{ 'and ' if not loop.first }}{{ final }}.{{ chave }} = antes.{{ chave }} {% endfor %}
    )
    {%- if escopo %}
    and {{ escopo }}
    {%- endif %}
{%- endmacro %}

{#
    One MERGE that inserts, updates and, for rows that com_saidas marked, deletes. dbt's own merge
    has no delete; every adapter calls this macro, so that the three engines share one statement.
#}
{% macro merge_com_exclusao(target, source, unique_key, incremental_predicates) %}
{%- set colunas = model.columns.keys() | list -%}
{%- set chaves = em_lista(unique_key) -%}
{%- set condicoes = [] + (incremental_predicates or []) -%}
{%- for chave in chaves -%}
    {%- do condicoes.append('DBT_INTERNAL_SOURCE.' ~ chave ~ ' = DBT_INTERNAL_DEST.' ~ chave) -%}
{%- endfor %}
merge into {{ target }} as DBT_INTERNAL_DEST
using {{ source }} as DBT_INTERNAL_SOURCE
on {{ condicoes | join(' and ') }}
when matched and DBT_INTERNAL_SOURCE._dlt_load_id = {{ marca_de_saida() }} then delete
when matched then update set
    {%- for coluna in colunas if coluna not in chaves %}
    {{ coluna }} = DBT_INTERNAL_SOURCE.{{ coluna }}{{ ',' if not loop.last }}
    {%- endfor %}
when not matched then insert (
    {{ colunas | join(', ') }}
) values (
    {%- for coluna in colunas %}
    DBT_INTERNAL_SOURCE.{{ coluna }}{{ ',' if not loop.last }}
    {%- endfor %}
)
{% endmacro %}

{% macro sqlserver__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
    {{ merge_com_exclusao(target, source, unique_key, incremental_predicates) }};
{%- endmacro %}

{#
    Keys of a fact's rows that a mart over it must compute again: they are not in the mart, of
    another load there, or no longer in the fact; or a member of a dimension whose names the mart
    shows has changed. The mart has the fact's own _dlt_load_id. `dimensoes` are (dimension, key)
    pairs; `medidas` are columns to compare too, where a row of the fact can lose a part of itself.
#}
{% macro linhas_tocadas(fato, chave, dimensoes, medidas=[]) -%}
    {%- set ultima = ultima_carga() %}
    select coalesce(agora.{{ chave }}, antes.{{ chave }}) as {{ chave }}
    from {{ fato }} as agora
    full outer join {{ this }} as antes on agora.{{ chave }} = antes.{{ chave }}
    where
        agora.{{ chave }} is null
        or antes.{{ chave }} is null
        {%- for coluna in ['_dlt_load_id'] + medidas %}
        or agora.{{ coluna }} <> antes.{{ coluna }}
        {%- endfor %}
    {%- for dimensao, membro in dimensoes %}

    union

    select antes.{{ chave }}
    from {{ this }} as antes
    inner join {{ dimensao }} as membros on antes.{{ membro }} = membros.{{ membro }}
    where membros._dlt_load_id > {{ ultima }}
    {%- endfor %}
{%- endmacro %}

{#
    Source keys of the order items that a landed item or order may have changed since this table
    was last built, after load `ultima`: the first half of what a fact at item grain must compute
    again.
#}
{% macro itens_mudados(ultima) -%}
    select order_item_id
    from {{ ref('stg_oltp__order_items') }}
    where _dlt_load_id > {{ ultima }}

    union

    select itens_do_pedido.order_item_id
    from {{ ref('stg_oltp__order_items') }} as itens_do_pedido
    inner join {{ ref('stg_oltp__orders') }} as pedidos_mudados
        on itens_do_pedido.order_id = pedidos_mudados.order_id
    where pedidos_mudados._dlt_load_id > {{ ultima }}
{%- endmacro %}

{#
    Days on which an aggregate is not what its fact says: rows were added, changed, or left. The
    number of rows and the newest load of a day tell all three, since what comes or changes brings
    a newer load and what leaves makes the number smaller. Nothing to keep, and a crash between
    fact and aggregate mends itself. `linhas` gives the fact rows of a day in the aggregate;
    `somas` are measures to compare too, where a row of the fact can lose a part of itself.
#}
{% macro dias_tocados(fato, linhas='sum(linhas)', somas=[]) -%}
    select coalesce(agora.data_id, antes.data_id) as data_id
    from (
        select
            data_id, count(*) as linhas, max(_dlt_load_id) as carga
            {%- for soma in somas %}, sum({{ soma }}) as {{ soma }}{% endfor %}
        from {{ fato }}
        group by data_id
    ) as agora
    full outer join (
        select
            data_id, {{ linhas }} as linhas, max(_dlt_load_id) as carga
            {%- for soma in somas %}, sum({{ soma }}) as {{ soma }}{% endfor %}
        from {{ this }}
        group by data_id
    ) as antes on agora.data_id = antes.data_id
    where
        agora.data_id is null
        or antes.data_id is null
        or agora.linhas <> antes.linhas
        or agora.carga <> antes.carga
        {%- for soma in somas %}
        or agora.{{ soma }} <> antes.{{ soma }}
        {%- endfor %}
{%- endmacro %}
