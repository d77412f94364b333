{# Of each key the newest row; a load brings a key once. #}
{% macro mais_novas(linhas, chaves) -%}
    select mais_nova.*
    from (
        select max_by(struct(*), _dlt_load_id) as mais_nova
        from ({{ linhas }})
        group by {{ chaves | join(', ') }}
    )
{%- endmacro %}
