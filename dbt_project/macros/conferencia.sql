{#
    Which facts account for which entity of staging, on which measures: what the facts themselves
    say in `config.meta.confere`, which `dw reconcile` reads too.
#}
{% macro contas_dos_fatos() -%}
    {%- set contas = [] -%}
    {%- for no in (graph.nodes.values() if execute else []) if no.resource_type == 'model' and no.schema == 'fact' -%}
        {%- for conta in no.config.meta.get('confere', []) if 'entidade' in conta and 'com_motivos' not in conta -%}
            {%- do contas.append({'tabela': no.name, 'entidade': conta.entidade, 'medidas': conta.medidas}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(contas) }}
{%- endmacro %}

{#
    Before an aggregate or a mart is built: DW_REBUILD names tables and the months in which they
    are not what their facts say. Those rows leave; what is missing, the model itself computes.
#}
{% macro refazer_meses() -%}
    {%- set tabelas = fromjson(env_var('DW_REBUILD', '{}')) if execute else {} -%}
    {%- set meses = tabelas.get(model.name, []) -%}
    {%- if meses and is_incremental() -%}
        delete from {{ this }}
        {%- if 'data_id' in model.columns %}
        where floor(data_id / 100.0) in ({{ meses | join(', ') }})
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
