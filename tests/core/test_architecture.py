"""Pages that are drawn from what is there, and lead where they say."""

import re

import pytest

from ci import architecture

pytestmark = pytest.mark.unit


def test_the_picture_is_drawn_from_the_imports() -> None:
    text = architecture.PAGE.read_text(encoding="utf-8")
    assert architecture.page(text) == text, "`make docs` draws it anew"


def test_every_link_leads_somewhere() -> None:
    text = architecture.PAGE.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert len(links) > 25
    lost = [link for link in links if not (architecture.PAGE.parent / link).exists()]
    assert lost == []


def test_the_decisions_are_found_by_their_contents() -> None:
    text = architecture.DECISIONS.read_text(encoding="utf-8")
    assert architecture.with_contents(text) == text, "`make docs` writes them anew"
    anchors = re.findall(r"\]\(#([\w-]+)\)", text.split(architecture.BOTTOM)[0])
    assert len(anchors) == len(set(anchors)) > 20


def test_a_decision_has_its_day() -> None:
    text = architecture.DECISIONS.read_text(encoding="utf-8").split(architecture.BOTTOM)[1]
    undated = []
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        heading, _, body = section.partition("\n")
        if not re.search(r"\d{4}-\d\d-\d\d", heading):
            entries = re.findall(r"^\*\*[^*]+\*\*.*(?:\n.+)*", body, re.MULTILINE)
            undated += [e[:60] for e in entries if not re.search(r"\d{4}-\d\d-\d\d", e)]
    assert undated == []
