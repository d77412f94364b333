{# Whether a feature that not every server has is on: see DW_SQLSERVER_FEATURES. #}
{% macro recurso_ligado(recurso) -%}
    {{ return(recurso in env_var('DW_SQLSERVER_FEATURES', 'columnstore,contracts,grants,masking')) }}
{%- endmacro %}
