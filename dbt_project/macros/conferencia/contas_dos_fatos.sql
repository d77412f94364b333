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
