{#
    What a reference query is cut by. It gives its total alone, as it is to be read, and with
    `--vars '{por: [mes, regiao]}'` a row for each month and region too: `fatia` says which of
    them, `valor` its value. A query names the slices that its fact has (`disponiveis`) and calls
    the fact `fatos`.
#}
{% macro fatia(disponiveis) -%}
    {%- set fatias = fatias_pedidas(disponiveis) -%}
    {%- if fatias -%}
    {%- set nome -%}
        case
            {%- for fatia in fatias %}
            when grouping({{ coluna_da_fatia(fatia) }}) = 0 then '{{ fatia }}'
            {%- endfor %}
            else 'total'
        end
    {%- endset -%}
    {%- set valor -%}
        case
            {%- for fatia in fatias %}
            when grouping({{ coluna_da_fatia(fatia) }}) = 0
                then {{ texto(coluna_da_fatia(fatia), 200) }}
            {%- endfor %}
        end
    {%- endset -%}
    {{ texto(nome, 20) }} as fatia,
    {{ valor }} as valor,
    {%- endif -%}
{%- endmacro %}

{# The joins and the grouping that `fatia` needs; the last lines of the query. #}
{% macro por_fatia(disponiveis) -%}
    {%- set fatias = fatias_pedidas(disponiveis) -%}
    {%- for fatia in fatias if fatia in dimensoes_das_fatias() -%}
    {%- set dimensao = dimensoes_das_fatias()[fatia] %}
    inner join {{ ref(dimensao.tabela) }} as {{ dimensao.tabela }}
        on fatos.{{ dimensao.chave }} = {{ dimensao.tabela }}.{{ dimensao.chave }}
    {%- endfor %}
    {%- if fatias %}
    group by grouping sets (
        ()
        {%- for fatia in fatias %}, ({{ coluna_da_fatia(fatia) }}){% endfor %}
    )
    {%- endif %}
{%- endmacro %}

{# The columns that `fatia` adds, handed on by a select on a CTE. #}
{% macro da_fatia(disponiveis) -%}
    {{ 'fatia, valor,' if fatias_pedidas(disponiveis) }}
{%- endmacro %}

{% macro fatias_pedidas(disponiveis) -%}
    {{ return(disponiveis | select('in', var('por', [])) | list) }}
{%- endmacro %}

{% macro dimensoes_das_fatias() -%}
    {{ return({
        'mes': {'tabela': 'dim_data', 'chave': 'data_id', 'coluna': 'ano_mes'},
        'regiao': {'tabela': 'dim_regiao', 'chave': 'regiao_id', 'coluna': 'regiao_pais'},
        'categoria': {'tabela': 'dim_produto', 'chave': 'produto_id', 'coluna': 'categoria'},
        'equipe': {'tabela': 'dim_equipe', 'chave': 'equipe_id', 'coluna': 'nome_equipe'},
        'vendedor': {'tabela': 'dim_vendedor', 'chave': 'vendedor_id', 'coluna': 'nome_vendedor'},
        'campanha': {'tabela': 'dim_desconto', 'chave': 'desconto_id', 'coluna': 'nome_campanha'}
    }) }}
{%- endmacro %}

{% macro coluna_da_fatia(fatia) -%}
    {%- set dimensao = dimensoes_das_fatias().get(fatia) -%}
    {{ return(
        dimensao.tabela ~ '.' ~ dimensao.coluna if dimensao
        else {'canal': 'fatos.canal_venda', 'comando': 'fatos.comando'}[fatia]
    ) }}
{%- endmacro %}

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
