{#
    No snapshot but the newest of the tables that hold people: what an erasure has taken out of them
    is in the older ones.
#}
{% macro esquecer() -%}
    {%- set agora = modules.datetime.datetime.now(modules.pytz.utc).strftime('%Y-%m-%d %H:%M:%S') -%}
    {%- for tabela in ['staging.customers', 'staging.orders', 'dim.dim_cliente'] -%}
        {%- do run_query(
            "call dw.system.expire_snapshots(table => '" ~ tabela ~ "', retain_last => 1,"
            ~ " older_than => timestamp '" ~ agora ~ "')"
        ) -%}
    {%- endfor -%}
{%- endmacro %}
