{% macro spark__get_select_subquery(sql) %}
    select
    {%- for coluna in model.columns.values() %}
        cast({{ coluna.name }} as {{ tipo_spark(coluna.data_type) }}) as {{ coluna.name }}{{ ',' if not loop.last }}
    {%- endfor %}
    from (
        {{ sql }}
    ) as conteudo
{%- endmacro %}
