{# The tables and views of a schema, or the one of that name, as dbt lists relations. #}
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
