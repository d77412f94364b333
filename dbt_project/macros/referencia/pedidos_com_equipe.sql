{# Orders with the team that their seller was in on the day they were created. #}
{% macro pedidos_com_equipe() -%}
    select
        pedidos.*,
        coalesce(versoes.equipe_id, -1) as equipe_id
    from {{ ref('fact_pedidos') }} as pedidos
    left join {{ ref('dim_vendedor_historico') }} as versoes
        on
            pedidos.vendedor_id = versoes.vendedor_id
            and pedidos.criado_em >= versoes.valido_de
            and pedidos.criado_em < versoes.valido_ate
{%- endmacro %}
