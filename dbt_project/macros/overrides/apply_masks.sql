{# Personal columns (`meta: pii`) are masked for all who lack UNMASK. #}
{% macro apply_masks(relation, mask_config) -%}
    {%- set mascaras = {} -%}
    {%- if recurso_ligado('masking') -%}
        {%- for coluna in model.columns.values() if coluna.config.meta.get('pii') -%}
            {%- do mascaras.update({coluna.name: 'default()'}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(sqlserver__apply_masks(relation, mascaras)) }}
{%- endmacro %}
