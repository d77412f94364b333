{% macro pousar_cargas(schema) -%}
    {%- call statement('pousar_cargas') -%}
        create or replace table {{ schema }}._dlt_loads using iceberg as
        select
            load_id, schema_name, status, cast(inserted_at as timestamp) as inserted_at,
            schema_version_hash
        from {{ cargas_completas(schema) }}
    {%- endcall -%}
{%- endmacro %}
