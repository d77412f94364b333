{#
    dbt's own, except that it holds while dbt reads the project, so that what a model reads in an
    incremental run alone is known as its parent with no `-- depends_on`, and that the variable
    `offline` ('full' or 'incremental') answers for a compile without a database, as `make
    check-tsql` does.
#}
{% macro is_incremental() %}
    {%- if not execute -%}
        {{ return(true) }}
    {%- endif -%}
    {%- if var('offline', none) is not none -%}
        {{ return(
            var('offline') == 'incremental' and model.config.materialized == 'incremental'
        ) }}
    {%- endif -%}
    {{ return(dbt.is_incremental()) }}
{% endmacro %}
