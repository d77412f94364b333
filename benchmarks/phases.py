"""Where the newest daily run spent its time, from the record that it kept of itself."""

from pathlib import Path

import duckdb

from benchmarks.company import WAREHOUSE

_PHASES = """
with

cycle as (

    select * from audit.etl_run
    where cycle_id = (select max(cycle_id) from audit.etl_run)

),

reading as (

    select coalesce(epoch(max(finished_at) - min(started_at)), 0) as seconds
    from audit.etl_run_entity
    where run_id in (select run_id from cycle)

),

nodes as (

    select
        resource_type = 'test' as is_test,
        epoch(started_at) as began,
        epoch(finished_at) as ended
    from audit.dbt_run_node
    where run_id in (select run_id from cycle) and started_at is not null

),

moments as (

    -- nodes run side by side: what lies between two moments is of a model if one was running
    select distinct unnest([began, ended]) as began
    from nodes

),

stretches as (

    select
        began,
        lead(began) over (order by began) as ended
    from moments

),

busy as (

    select
        stretches.ended - stretches.began as seconds,
        bool_and(nodes.is_test) as only_tests
    from stretches
    inner join nodes on stretches.began >= nodes.began and stretches.ended <= nodes.ended
    group by stretches.began, stretches.ended

),

built as (

    select
        coalesce(sum(seconds) filter (where not only_tests), 0) as models,
        coalesce(sum(seconds) filter (where only_tests), 0) as tests
    from busy

),

steps as (

    select
        sum(seconds) filter (where command = 'load') as load,
        sum(seconds) filter (where command = 'build') as build,
        sum(seconds) filter (where command = 'reconcile') as reconcile,
        sum(seconds) filter (where command = 'publish') as publish
    from cycle

)

select
    reading.seconds as extract,
    steps.load - reading.seconds as merge_and_prove,
    steps.build - built.models - built.tests as dbt,
    built.models as models,
    built.tests as tests,
    steps.reconcile as reconcile,
    steps.publish as publish
from steps
cross join reading
cross join built
"""


def phases(folder: Path, total: float) -> dict[str, float]:
    """Seconds of each phase of the newest ``dw run``, which took ``total``.

    ``start`` is what no step accounts for: imports, opening, alerts. ``tests`` run alone, without
    those beside which a model is built; ``dbt`` is what it takes beside its nodes.
    """
    with duckdb.connect(str(folder / WAREHOUSE), read_only=True) as database:
        result = database.execute(_PHASES)
        names = [column[0] for column in result.description]
        found = {n: round(float(v), 3) for n, v in zip(names, result.fetchall()[0], strict=True)}
    return {"start": round(total - sum(found.values()), 3), **found}
