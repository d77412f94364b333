{#
    What dbt-spark does and this project has otherwise, and what only a lake needs. The macros have
    the adapter's names, which a project may take over; the other adapters never call them.
#}

{#
    Dates and times: dbt-spark's own fail on a null and forget fractions of seconds. As on the
    other engines, a difference counts the borders of days or seconds that lie between.
#}
{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) -%}
    timestampadd({{ datepart }}, {{ interval }}, {{ from_date_or_timestamp }})
{%- endmacro %}
