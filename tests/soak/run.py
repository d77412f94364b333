"""How the machine is run: short and always the same in tests, long and at random by hand."""

from collections import Counter
from pathlib import Path

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.stateful import run_state_machine_as_test

from tests.soak.dw import Target
from tests.soak.machine import Life, make_template


def live(
    folder: Path, days: int, examples: int, *, seed: int | None = None, target: Target = "duckdb"
) -> Counter[str]:
    """Let the machine live in ``folder``; the same lives each time unless ``seed`` is given.

    Returns how often what happened. A failure prints the days that led to it; they are not
    shrunk, since a day takes seconds.
    """
    Life.home, Life.template, Life.counts = folder / "home", folder / "template", Counter()
    Life.target = target
    make_template(Life.home, Life.template, target)
    machine = hypothesis.seed(seed)(Life) if seed is not None else Life
    run_state_machine_as_test(
        machine,
        settings=hypothesis.settings(
            max_examples=examples,
            stateful_step_count=days,
            derandomize=seed is None,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    return Life.counts
