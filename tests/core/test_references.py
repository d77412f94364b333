"""The queries that prove a KPI are written apart from the models that they prove."""

import re
from collections.abc import Iterator

import pytest

from core.environment import ROOT

pytestmark = pytest.mark.unit

RUN = 4
"""Lines of a statement one after the other that only a copy has in common."""
PROJECT = ROOT / "dbt_project"


def runs(text: str) -> Iterator[tuple[str, ...]]:
    """All runs of lines that say something."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    lines = [line for line in lines if re.search(r"\w", line) and not line.startswith("--")]
    return (tuple(lines[i : i + RUN]) for i in range(len(lines) - RUN + 1))


def shared(reference: str, models: set[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [run for run in runs(reference) if run in models]


def test_a_reference_query_shares_no_text_with_a_model() -> None:
    paths = sorted((PROJECT / "models").rglob("*.sql"))
    models = {run for path in paths for run in runs(path.read_text(encoding="utf-8"))}
    assert len(models) > 1000
    queries = sorted((PROJECT / "analyses" / "kpi").glob("*.sql"))
    copied = {q.name: shared(q.read_text(encoding="utf-8"), models) for q in queries}
    assert {name: found for name, found in copied.items() if found} == {}

    # A copy is found, whatever its indentation.
    copy = (PROJECT / "models" / "mart" / "dash_sla.sql").read_text(encoding="utf-8")
    assert shared(copy.replace("    ", "  "), models)
