"""A whole simulation: the base load, the days, the verdict."""

from collections.abc import Sequence
from pathlib import Path

from simulation import acceptance, days
from simulation.company import Company
from simulation.evidence import Evidence
from simulation.faults import FAULTS, Fault
from simulation.receiver import Receiver


def simulate(
    folder: Path, number: int, orders: int, seed: int, faults: Sequence[Fault] = FAULTS
) -> Evidence:
    """Live ``number`` days of a company of so many orders in an empty folder.

    Raises ValueError when the days are too few for the faults, RuntimeError when the company
    cannot even begin.
    """
    plan = days.spread(faults, number)
    folder.mkdir(parents=True)
    receiver = Receiver()
    try:
        company = Company(folder / "data", receiver)
        company.home.mkdir()
        company.seed(orders, seed)
        first = company.dw(days.morning(0), "run")
        if first.code:
            raise RuntimeError(f"the base load failed: {first.message}")
        lived = [days.live(company, day, hits) for day, hits in enumerate(plan, start=1)]
        told = days.incidents(company)
        return Evidence(
            orders=orders,
            seed=seed,
            days=lived,
            incidents=told,
            kpis=acceptance.operational_kpis(company),
            verdicts=acceptance.judge(company, lived, plan, told),
        )
    finally:
        receiver.close()
