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
