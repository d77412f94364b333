"""``python -m ci.architecture``: what documents draw from what is there.

The rooms in docs/ARCHITECTURE.md from their imports, the contents of docs/DECISIONS.md from its
sections.
"""

import re

import grimp

from core.settings import ROOT

PAGE = ROOT / "docs" / "ARCHITECTURE.md"
DECISIONS = ROOT / "docs" / "DECISIONS.md"
BEGIN, END = "<!-- rooms: make docs -->\n", "<!-- end of rooms -->\n"
TOP, BOTTOM = "<!-- contents: make docs -->\n", "<!-- end of contents -->\n"
ROOMS = ("core", "loader", "published", "pipeline", "dashboards", "seeds_oltp")


def picture() -> str:
    """A Mermaid chart: an arrow from each room to those that it imports."""
    graph = grimp.build_graph(*ROOMS)
    arrows = {
        (name.partition(".")[0], imported.partition(".")[0])
        for name in graph.modules
        for imported in graph.find_modules_directly_imported_by(name)
    }
    lines = ["```mermaid", "flowchart BT"]
    lines += [f"    {room}[{room}/]" for room in ROOMS]
    lines += [f"    {one} --> {other}" for one, other in sorted(arrows) if one != other]
    return "\n".join([*lines, "```"]) + "\n"


def page(text: str) -> str:
    """The page with its picture drawn anew."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}{picture()}{END}{rest.split(END)[1]}"


def anchor(section: str) -> str:
    """What GitHub calls a heading in addresses."""
    return re.sub(r"[^\w\- ]", "", section.lower()).replace(" ", "-")


def with_contents(text: str) -> str:
    """The decisions, with links to their sections."""
    before, rest = text.split(TOP)
    body = rest.split(BOTTOM)[1]
    sections = re.findall(r"^## (.+)$", body, re.MULTILINE)
    lines = "".join(f"- [{section}](#{anchor(section)})\n" for section in sections)
    return f"{before}{TOP}{lines}{BOTTOM}{body}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    DECISIONS.write_text(with_contents(DECISIONS.read_text(encoding="utf-8")), encoding="utf-8")
