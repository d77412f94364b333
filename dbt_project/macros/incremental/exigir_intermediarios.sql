{#
    Refuse to merge what an earlier run's keys name: the rows of this run that they lack would be
    taken for seen.
#}
{% macro exigir_intermediarios() -%}
    {%- for pai in model.depends_on.nodes if pai not in selected_resources -%}
        {%- if graph.nodes.get(pai, {'fqn': ['', '']}).fqn[1] == 'intermediate' -%}
            {%- do exceptions.raise_compiler_error(
                model.name ~ ' computes again what ' ~ pai.split('.')[-1]
                ~ ' names, which this run does not build: select +' ~ model.name
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
