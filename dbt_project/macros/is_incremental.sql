{#
    dbt's own, except that the variable `offline` ('full' or 'incremental') answers for a compile
    without a database, as `make check-tsql` does.
#}
{% macro is_incremental() %}
    {%- if var('offline', none) is not none -%}
        {{ return(
            var('offline') == 'incremental' and model.config.materialized == 'incremental'
        ) }}
    {%- endif -%}
    {{ return(dbt.is_incremental()) }}
{% endmacro %}
