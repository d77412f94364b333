{% macro tem_cargas(no) -%}
    {%- set fonte = graph.sources.get(no) -%}
    {%- set modelo = graph.nodes.get(no) -%}
    {{ return(
        '_dlt_load_id' in (fonte or modelo).columns
        and (fonte is not none or modelo.fqn[1] in ['fact', 'agg', 'mart'])
    ) }}
{%- endmacro %}
