{# One run builds at a time, so only a thread of its own can be faster: what it has made is found
   instead of locked out by an application lock, which not every server has. #}
{% macro create_schema_if_not_exists(schema, authorization=none) -%}
    {%- set nome = escape_single_quotes(schema) -%}
    {%- set dono = ' authorization ' ~ adapter.quote(authorization) if authorization is not none else '' -%}
    begin try
        if schema_id(N'{{ nome }}') is null
            exec (N'create schema {{ escape_single_quotes(adapter.quote(schema) ~ dono) }}');
    end try
    begin catch
        if schema_id(N'{{ nome }}') is null
        begin
            throw;
        end
    end catch;
{%- endmacro %}
