"""A short soak, the same in every run; ``make soak`` is the long one."""

from pathlib import Path

import pytest

from tests.soak.run import live

DAYS, LIVES = 8, 4


@pytest.mark.long
def test_any_interleaving_ends_in_the_truth(tmp_path: Path) -> None:
    counts = live(tmp_path, DAYS, LIVES)
    assert counts["proofs"] >= LIVES
    assert counts["killed loads"] and counts["killed builds"]
