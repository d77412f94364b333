-- One row per day of the calendar, and the row -1.
{{ config(materialized='table') }}

{% set primeiro_dia = "cast('" ~ var('calendario_inicio') ~ "' as date)" %}
{% set ultimo_dia = "cast('" ~ var('calendario_fim') ~ "' as date)" %}

with

algarismos as (

    {% for n in range(10) %}
    select {{ n }} as n
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

numeros as (

    select u.n + 10 * d.n + 100 * c.n + 1000 * m.n + 10000 * dm.n as n
    from algarismos as u
    cross join algarismos as d
    cross join algarismos as c
    cross join algarismos as m
    cross join algarismos as dm

),

dias as (

    -- The first day of the calendar, 1990-01-01, is a Monday.
    select
        cast({{ dbt.dateadd('day', 'n', primeiro_dia) }} as date) as data,
        n % 7 + 1 as dia_semana
    from numeros
    where n <= {{ dbt.datediff(primeiro_dia, ultimo_dia, 'day') }}

),

semanas as (

    -- ISO 8601: a week belongs to the year of its Thursday.
    select
        data,
        dia_semana,
        cast({{ dbt.dateadd('day', '4 - dia_semana', 'data') }} as date) as quinta_feira
    from dias

),

feriados as (

    select
        cast(data as date) as data,
        nome_feriado
    from {{ ref('feriados_nacionais') }}

),

calendario as (

    select
        semanas.data,
        semanas.dia_semana,
        feriados.nome_feriado,
        year(semanas.data) as ano,
        month(semanas.data) as mes,
        day(semanas.data) as dia,
        cast(floor((month(semanas.data) + 2) / 3.0) as int) as trimestre,
        year(semanas.quinta_feira) as ano_iso,
        cast(
            floor(
                {{ dbt.datediff(
                    "cast(concat(cast(year(semanas.quinta_feira) as varchar(4)), '-01-01') as date)",
                    'semanas.quinta_feira',
                    'day'
                ) }} / 7.0
            ) as int
        ) + 1 as semana_iso
    from semanas
    left join feriados on semanas.data = feriados.data

),

final as (

    select
        ---------- chaves
        {{ data_id('data') }} as data_id,
        data,

        ---------- partes
        cast(dia as int) as dia,
        cast(mes as int) as mes,
        cast(trimestre as int) as trimestre,
        cast(ano as int) as ano,
        cast(ano * 100 + mes as int) as ano_mes,
        cast(dia_semana as int) as dia_semana,
        cast(semana_iso as int) as semana_iso,
        cast(ano_iso as int) as ano_iso,

        ---------- nomes
        {%- set meses = [
            'Janeiro', 'Fevereiro', 'Março', 'Abril', 'Maio', 'Junho', 'Julho', 'Agosto',
            'Setembro', 'Outubro', 'Novembro', 'Dezembro'
        ] %}
        {%- set dias_da_semana = [
            'Segunda-feira', 'Terça-feira', 'Quarta-feira', 'Quinta-feira', 'Sexta-feira',
            'Sábado', 'Domingo'
        ] %}
        {%- set nome_mes %}
        case mes {% for nome in meses %}when {{ loop.index }} then {{ literal(nome) }} {% endfor %}end
        {%- endset %}
        {%- set nome_dia %}
        case dia_semana {% for nome in dias_da_semana %}when {{ loop.index }} then {{ literal(nome) }} {% endfor %}end
        {%- endset %}
        {{ texto(nome_mes, 20) }} as nome_mes,
        {{ texto(nome_dia, 20) }} as nome_dia_semana,
        {{ texto('nome_feriado', 60) }} as nome_feriado,

        ---------- situação
        {{ booleano('nome_feriado is not null') }} as eh_feriado,
        {{ booleano('dia_semana >= 6') }} as eh_fim_de_semana,
        {{ booleano('dia_semana <= 5 and nome_feriado is null') }} as eh_dia_util

    from calendario

    union all

    select
        -1 as data_id,
        cast(null as date) as data,
        cast(null as int) as dia,
        cast(null as int) as mes,
        cast(null as int) as trimestre,
        cast(null as int) as ano,
        cast(null as int) as ano_mes,
        cast(null as int) as dia_semana,
        cast(null as int) as semana_iso,
        cast(null as int) as ano_iso,
        {{ texto(literal('Não informado'), 20) }} as nome_mes,
        {{ texto(literal('Não informado'), 20) }} as nome_dia_semana,
        {{ texto('null', 60) }} as nome_feriado,
        {{ booleano('1 = 0') }} as eh_feriado,
        {{ booleano('1 = 0') }} as eh_fim_de_semana,
        {{ booleano('1 = 0') }} as eh_dia_util

)

select * from final
