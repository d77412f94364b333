"""``python -m ci.architecture``: draw the rooms in docs/ARCHITECTURE.md from what they import."""

import grimp

from core.settings import ROOT

PAGE = ROOT / "docs" / "ARCHITECTURE.md"
BEGIN, END = "<!-- rooms: make docs -->\n", "<!-- end of rooms -->\n"
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


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
