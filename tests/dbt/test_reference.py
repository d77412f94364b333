"""Reference queries are written for themselves: an error that a model has is not copied there."""

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

PROJECT = ROOT / "dbt_project"
QUERIES = sorted(PROJECT.glob("analyses/kpi/*.sql"))
NOT_SAID = re.compile(r"--.*|\{#.*?#\}|\b(?:ref|source)\(.*?\)", re.MULTILINE)
WORD = re.compile(r"\w+|[-+*/=<>]+")
# A sum cast to its type and named as its column is: nine words that cannot be said otherwise.
MOST = 9


def words(text: str) -> list[str]:
    """The words of a query, without comments, without the tables that it reads."""
    return WORD.findall(NOT_SAID.sub("", text))


def longest_run(one: list[str], other: list[str]) -> str:
    """The most words in a row that stand in both."""
    best: list[str] = []
    before: dict[int, int] = {}
    places: dict[str, list[int]] = {}
    for place, word in enumerate(other):
        places.setdefault(word, []).append(place)
    for end, word in enumerate(one, start=1):
        here = {place: before.get(place - 1, 0) + 1 for place in places.get(word, [])}
        length = max(here.values(), default=0)
        if length > len(best):
            best = one[end - length : end]
        before = here
    return " ".join(best)


def test_a_run_of_words_is_found() -> None:
    one = words("select sum(a) as total from {{ ref('x') }} where b > 1 -- why")
    assert longest_run(one, words("with c as (select sum(a) as soma)")) == "select sum a as"
    assert longest_run(one, words("from y where b > 1")) == "where b > 1"


@pytest.mark.parametrize("query", QUERIES, ids=lambda path: path.stem)
def test_a_reference_query_shares_no_text_with_a_model(query: Path) -> None:
    asked = words(query.read_text(encoding="utf-8"))
    assert asked
    for model in PROJECT.glob("models/**/*.sql"):
        shared = longest_run(asked, words(model.read_text(encoding="utf-8")))
        assert len(shared.split()) <= MOST, f"{query.stem} and {model.stem}: {shared}"
