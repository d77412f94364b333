{% macro coluna_da_fatia(fatia) -%}
    {%- set dimensao = dimensoes_das_fatias().get(fatia) -%}
    {{ return(
        dimensao.tabela ~ '.' ~ dimensao.coluna if dimensao
        else {'canal': 'fatos.canal_venda', 'comando': 'fatos.comando'}[fatia]
    ) }}
{%- endmacro %}
