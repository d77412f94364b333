"""A few days with the faults that matter; ``make simulate`` lives fourteen, with all of them."""

from datetime import date
from pathlib import Path

import pytest

from simulation import acceptance, evidence
from simulation.days import is_business_day, spread
from simulation.evidence import Evidence, Status, Verdict
from simulation.faults import FAULTS
from simulation.run import simulate

FEW = {"killed while building", "source database away", "bad batch", "alert channel refuses",
       "late commits", "lock held by a run that hangs"}  # fmt: skip


@pytest.mark.slow
def test_the_pipeline_gets_by_without_hands(tmp_path: Path) -> None:
    faults = [fault for fault in FAULTS if fault.name in FEW]
    found = simulate(tmp_path / "simulation", 3, orders=200, seed=7, faults=faults)
    verdicts = {verdict.criterion: verdict.status for verdict in found.verdicts}
    # Three days cannot be ten; nothing else is amiss.
    assert verdicts == {
        "CA-01": Status.TOO_SHORT,
        **{f"CA-0{number}": Status.GO for number in range(2, 6)},
    }, evidence.markdown(found)
    assert not found.go
    assert [[a.exit_code for a in day.attempts] for day in found.days] == [[3, 0], [-9, 0], [5, 0]]
    assert all(day.met_sla and day.volumes.extracted for day in found.days)
    assert found.kpis["sla_cumprido_pct"] == 1
    assert {"pipeline-failed", "quarantine-grew"} <= {i.rule for i in found.incidents}

    evidence.write(tmp_path, found)
    assert Evidence.model_validate_json((tmp_path / "evidence.json").read_bytes()) == found
    page = (tmp_path / "EVIDENCE.md").read_text(encoding="utf-8")
    assert page.startswith("# Simulated operation: NO-GO\n")
    assert all(name in page for name in FEW)


def judged(*statuses: Status) -> Evidence:
    verdicts = [
        Verdict(criterion=f"CA-0{n}", asks="all", status=status, evidence="1 of 2 | day 1")
        for n, status in enumerate(statuses, start=1)
    ]
    return Evidence(orders=1, seed=1, days=[], incidents=[], kpis={}, verdicts=verdicts)


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.GO}))
def test_a_criterion_that_is_missed_or_not_tested_is_no_go(status: Status) -> None:
    found = judged(Status.GO, status)
    assert not found.go
    assert f"| CA-02 | all | **{status}** | 1 of 2 / day 1 |" in evidence.markdown(found)
    assert evidence.markdown(found).startswith("# Simulated operation: NO-GO\n")


def test_all_criteria_met_is_a_go_and_none_is_not() -> None:
    assert judged(Status.GO, Status.GO).go
    assert not judged().go


def test_what_nothing_was_judged_by_was_not_tested() -> None:
    assert acceptance._tests([]).status is Status.NOT_TESTED
    assert acceptance._runbook([], [], []).status is Status.NOT_TESTED
    assert acceptance._ten_days([]).status is Status.NOT_TESTED


def test_each_day_has_a_try_that_no_fault_ends_and_the_last_one_no_trouble_for_the_next() -> None:
    for days in (4, 14):
        plan = spread(FAULTS, days)
        assert sorted(f.name for hits in plan for f in hits) == sorted(f.name for f in FAULTS)
        assert all(sum(fault.ends_runs for fault in hits) <= 2 for hits in plan)
        assert all(fault.ends_runs for fault in plan[-1])
    with pytest.raises(ValueError, match="2 days are too few"):
        spread(FAULTS, 2)


def test_business_days_are_those_of_brazil() -> None:
    days = [date(2026, 1, day) for day in (1, 2, 3, 4, 5)]
    assert [is_business_day(day) for day in days] == [False, True, False, False, True]
