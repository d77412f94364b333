{#
    The columns that a SELECT gives must be the contract's by their names: their types are the
    contract's anyway, since a first build converts to them, and a MERGE does by itself.
#}
{% macro spark__get_assert_columns_equivalent(sql) -%}
    {%- set dadas = run_query('describe query ' ~ sql).columns[0].values() | sort -%}
    {%- set prometidas = model.columns.keys() | sort -%}
    {%- if dadas | list != prometidas | list -%}
        {%- do exceptions.raise_contract_error(so_nomes(prometidas), so_nomes(dadas)) -%}
    {%- endif -%}
{%- endmacro %}
