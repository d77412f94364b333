-- Pedidos atrasados: em andamento há mais horas do que 90 % dos entregues levaram ao todo. A idade
-- vai até o pedido mais novo dos dados.
{% set fatias = ['mes', 'regiao', 'equipe', 'vendedor', 'canal'] %}
with

pedidos as (

    {{ pedidos_com_equipe() }}

),

entregues as (

    select
        duracao_total_horas as horas,
        cume_dist() over (order by duracao_total_horas) as fracao
    from pedidos
    where duracao_total_horas is not null

),

limite as (

    select min(horas) as horas
    from entregues
    where fracao >= 0.9

),

mais_novo as (

    select max(criado_em) as criado_em
    from pedidos

),

fatos as (

    select
        pedidos.*,
        case
            when {{ eh('pedidos.eh_aberto') }}
                and {{ horas('pedidos.criado_em', 'mais_novo.criado_em') }} > limite.horas then 1
            else 0
        end as atrasado
    from pedidos
    cross join mais_novo
    cross join limite

)

select
    {{ fatia(fatias) }}
    cast(sum(fatos.atrasado) as bigint) as pedidos_atrasados
from fatos
{{ por_fatia(fatias) }}
