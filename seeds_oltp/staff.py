"""Who sells, and where: regions, teams and sellers."""

import numpy as np
import numpy.typing as npt

from seeds_oltp import brazil, demand
from seeds_oltp.batch import Batch, code, midnight, utc
from seeds_oltp.draws import Draws, Ints

_FOUNDED = np.datetime64("2022-06-01T08:00:00")
_TEAM_TYPES = np.array(["Interna", "Externa", "Digital"], dtype=object)
_TEAM_CATEGORIES = np.array(["Varejo", "Corporativo", "Online"], dtype=object)


def seller_count(orders: int) -> int:
    """How many sellers a company of that many orders has."""
    return max(12, int(orders**0.5 / 5))


def team_count(sellers: int) -> int:
    """How many teams so many sellers form."""
    return min(40, max(6, sellers // 8))


def regions() -> Batch:
    """All rows of ``regions``: one a state, with its capital; ``region_id`` 1 is the first."""
    number = len(brazil.STATES)
    ids = np.arange(1, number + 1)
    created = np.full(number, utc(_FOUNDED))
    return {
        "region_id": ids,
        "region_code": "BR-" + brazil.UF,
        "country": np.full(number, "Brasil", dtype=object),
        "region_name": brazil.MACRO_REGION,
        "state": brazil.UF,
        "state_name": brazil.STATE,
        "city": brazil.CAPITAL,
        "ibge_code": brazil.IBGE,
        "is_active": np.full(number, True),
        "created_at": created,
        "updated_at": created,
        "deleted_at": np.full(number, "NaT", "M8[s]"),
    }


def teams(number: int) -> Batch:
    """All rows of ``teams``: spread over the macro-regions, each in its largest state.

    The last team sells for the whole country and has no region.
    """
    ids = np.arange(1, number + 1)
    macro = np.array(brazil.MACRO_REGIONS, dtype=object)[(ids - 1) % len(brazil.MACRO_REGIONS)]
    largest = {
        m: max(np.flatnonzero(m == brazil.MACRO_REGION), key=brazil.SHARE.__getitem__)
        for m in macro
    }
    national = ids == number
    kind = _TEAM_TYPES[(ids - 1) % 3]
    created = utc(_FOUNDED + ids * np.timedelta64(1, "h"))
    return {
        "team_id": ids,
        "team_code": code("EQP", ids, 4),
        "team_name": np.where(national, "Equipe Nacional", "Equipe " + macro)
        + " "
        + code("", ids, 2),
        "team_type": kind,
        "team_category": _TEAM_CATEGORIES[(ids + 1) % 3],
        "region_id": np.ma.array([largest[m] + 1 for m in macro], mask=national),
        "is_active": np.full(number, True),
        "created_at": created,
        "updated_at": created,
        "deleted_at": np.full(number, "NaT", "M8[s]"),
    }


def skill(draws: Draws, seller_id: Ints) -> Ints:
    """How much each seller sells, relatively."""
    return (200 / (draws.uniform("seller.skill", seller_id) + 0.15)).astype(np.int64)


def sellers(draws: Draws, ids: Ints, teams: int, hired: npt.NDArray[np.datetime64]) -> Batch:
    """Rows of ``sellers``; of the base load, the first ``teams`` ids lead the teams.

    Leaders report to the leader of their macro-region's first team.
    """
    team = (ids - 1) % teams + 1
    leader = ids <= teams
    regional = ids <= len(brazil.MACRO_REGIONS)
    first = np.where(
        draws.chance("seller.woman", ids, 0.5),
        draws.pick("seller.first", ids, brazil.WOMEN),
        draws.pick("seller.first", ids, brazil.MEN),
    )
    state = draws.weighted("seller.state", ids, brazil.SHARE)
    left = draws.chance("seller.left", ids, 0.06)
    left &= ~leader & (hired < np.datetime64(demand.END) - 185)
    created = midnight(hired) + np.timedelta64(9, "h")
    touched = np.where(left, midnight(leaving_day(draws, ids)) + 65_000, created)
    return {
        "seller_id": ids,
        "seller_code": code("VEN", ids, 5),
        "seller_name": first + " " + draws.pick("seller.last", ids, brazil.SURNAMES),
        "team_id": np.ma.array(team, mask=~leader & draws.chance("seller.teamless", ids, 0.02)),
        "manager_seller_id": np.ma.array(
            np.where(leader, (ids - 1) % len(brazil.MACRO_REGIONS) + 1, team), mask=regional
        ),
        "home_state": brazil.UF[state],
        "home_city": brazil.CAPITAL[state],
        "monthly_goal_amount": skill(draws, ids) * 10_000,
        "hire_date": hired,
        "seller_status": np.where(left, "Inativo", "Ativo"),
        "created_at": utc(created),
        "updated_at": utc(np.maximum(created, touched)),
        "deleted_at": np.full(len(ids), "NaT", "M8[s]"),
    }


def hiring_days(draws: Draws, ids: Ints, teams: int) -> npt.NDArray[np.datetime64]:
    """When the base load's sellers were hired: leaders and two thirds before the first order."""
    veteran = (ids <= teams) | draws.chance("seller.veteran", ids, 0.66)
    return np.datetime64(demand.START) + np.where(
        veteran,
        -draws.integers("seller.tenure", ids, 1, 180),
        draws.integers("seller.hired", ids, 0, 900),
    )


def leaving_day(draws: Draws, ids: Ints) -> npt.NDArray[np.datetime64]:
    """When those who left did so: in the last half year."""
    return np.datetime64(demand.END) - draws.integers("seller.leaving", ids, 5, 180)


def availability(
    draws: Draws, sellers: Batch, months: npt.NDArray[np.datetime64]
) -> npt.NDArray[np.int64]:
    """Weights by which sellers are drawn, by month and seller: hired before it, not gone in it."""
    ids = sellers["seller_id"]
    last = np.where(
        sellers["seller_status"] == "Inativo",
        leaving_day(draws, ids),
        np.datetime64("9999-12-31", "D"),
    )
    present = (sellers["hire_date"][None, :] < months[:, None].astype("M8[D]")) & (
        last[None, :] >= (months[:, None] + 1).astype("M8[D]")
    )
    return np.where(present, skill(draws, ids)[None, :], 0)
