"""The page of the architecture is drawn from the code, and leads where it says."""

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
