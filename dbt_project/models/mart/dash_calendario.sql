-- One row per day: whether people work on it, and the holiday that it is.
{{ espera_por('feature_gates') }}
with

dias as (

    select data_id, data, nome_feriado, eh_dia_util
    from {{ ref('dim_data') }}
    where data is not null

),

final as (

    select
        ---------- chaves
        data_id,

        ---------- quando
        data,

        ---------- textos
        nome_feriado,

        ---------- medidas
        eh_dia_util

    from dias

)

select * from final
