"""What was sent, bound by Microsoft's binders to the catalogue as it stood at that moment.

The stand-in notes each statement with the tables and views that it names, as they were then. They
are read in the order they were sent, by as few scripts as one name has states.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.sqlserver.catalogue import Catalogue

TEXT = r"'(?:[^']|'')*'"
COMMENT = r"--[^\n]*|/\*.*?\*/"
# A text, whose words are no names, or a name.
WORDS = re.compile(rf"{TEXT}|[\w#]+")
LITERALS = re.compile(rf"N?{TEXT}|\b\d[\d.]*\b|\bNULL\b")
ROWS = re.compile(r"(\([^()]*\))(?:\s*,\s*\([^()]*\))+")
VARIABLES = re.compile(rf"{TEXT}|@{{1,2}}\w+")
NAME = r'(?:"[^"]+"|\[[^\]]+\]|\w+)'
CHANGED = re.compile(
    rf"(?P<verb>create|drop|alter)\s+(?:or\s+alter\s+)?(?:table|view)\s+(?:if\s+exists\s+)?"
    rf"(?P<schema>{NAME})\s*\.\s*(?P<name>{NAME})",
    re.IGNORECASE,
)
OR_ALTER = re.compile(r"(?<=create)\s+or\s+alter", re.IGNORECASE)
# The server's own views, which the binder does not know.
SYSTEM = re.compile(r"\b(?:sys|information_schema)\b[\"\]]?\s*\.\s*[\"\[]?(\w+)", re.IGNORECASE)
INTO = re.compile(rf"\binto\s+(?P<schema>{NAME})\s*\.\s*(?P<name>{NAME})\s+from\b", re.IGNORECASE)


@dataclass(frozen=True)
class Sent:
    """A statement, and what makes the tables and views that it needs, by their names."""

    statement: str
    needs: dict[str, str]


@dataclass
class Recorder:
    """Keeps statements, but for those that differ from an earlier one in literals only."""

    catalogue: Catalogue
    database: str
    sent: list[Sent] = field(default_factory=list)
    _seen: set[tuple[str, ...]] = field(default_factory=set)

    def now(self, statement: str) -> Sent:
        """A statement with the catalogue as it stands now."""
        statement = self._within(statement)
        return Sent(statement, self._needs(statement))

    def keep(self, sent: Sent) -> None:
        """Keep a statement that the server has taken."""
        shape = ROWS.sub(r"\1", LITERALS.sub("?", " ".join(sent.statement.split())))
        key = (shape, *sent.needs.values())
        if key not in self._seen:
            self._seen.add(key)
            self.sent.append(sent)

    def _within(self, sql: str) -> str:
        """SQL without comments and the database in its names, which the binder calls otherwise."""
        own = rf"(?:\b{self.database}|\[{self.database}\]|\"{self.database}\")\."
        return re.sub(rf"({TEXT})|{COMMENT}|{own}", r"\1", sql, flags=re.I | re.S)

    def _needs(self, statement: str) -> dict[str, str]:
        """What a statement names, what a view stands on before the view."""
        words = [word.lower() for word in WORDS.findall(statement)]
        needs: dict[str, str] = {}
        for schema, name in dict.fromkeys(pairwise(words)):
            if ddl := self.catalogue.ddl((schema, name)):
                if (schema, name) in self.catalogue.views:
                    needs |= self._needs(self.catalogue.views[schema, name])
                needs[f"{schema}.{name}"] = self._within(ddl)
        return needs

    def write(self, path: Path) -> None:
        """For ``read``."""
        path.write_text(json.dumps([vars(sent) for sent in self.sent]), encoding="utf-8")


def read(path: Path) -> list[Sent]:
    """What a recorder wrote."""
    return [Sent(**item) for item in json.loads(path.read_text(encoding="utf-8"))]


def scripts(sent: Iterable[Sent]) -> Iterator[list[str]]:
    """The batches of each script: statements, each after what it needs that is not there yet."""
    # None is what a statement of the script has made: as whoever needs it next has it.
    there: dict[str, str | None] = {}
    batches: list[str] = []
    for item in sent:
        if SYSTEM.search(item.statement):
            continue
        verb, name = changed(item.statement)
        # What a statement makes or makes anew, it does not need.
        needs = {n: ddl for n, ddl in item.needs.items() if (verb, name) != ("create", n)}
        other = any(there.get(needed) not in (None, ddl) for needed, ddl in needs.items())
        if other or (verb == "create" and name in there):
            yield batches
            there, batches = {}, []
        batches += [ddl for needed, ddl in needs.items() if needed not in there]
        # There is nothing to alter then, and DacFx takes the names in such a view for objects.
        batches.append(_declared(OR_ALTER.sub("", item.statement)))
        there |= needs
        if verb == "drop":
            there.pop(name, None)
        elif verb:
            there[name] = None
    yield batches


def changed(statement: str) -> tuple[str, str]:
    """What a statement does to which table or view, if anything."""
    into = INTO.search(statement) if statement.lower().lstrip().startswith("select") else None
    found = into or CHANGED.match(statement.strip())
    if not found:
        return "", ""
    schema, name = (found[part].strip('[]"').lower() for part in ("schema", "name"))
    return "create" if into else found["verb"].lower(), f"{schema}.{name}"


def _declared(statement: str) -> str:
    """A statement with its variables, which another one of its batch declared."""
    names = {m for m in VARIABLES.findall(statement) if m[0] == "@" and m[1] != "@"}
    declared = "".join(f"declare {name} nvarchar(4000);\n" for name in sorted(names))
    return declared + statement


def findings(tool: Any, batches: list[str]) -> list[tuple[str, str]]:
    """What the binders and the tool's own rules say against the batches of a script."""
    schemas = sorted({name.split(".")[0] for b in batches if (name := changed(b)[1])})
    sources = [tool.Source("schema", f"create schema [{schema}]") for schema in schemas]
    sources += [tool.Source(f"batch {i}", batch) for i, batch in enumerate(batches)]
    for source in sources:
        tool.lint(source, source.script)
    tool.bind(sources)
    tool.validate(list(_once(sources)))
    return [
        (finding.message, source.body)
        for source in sources
        for finding in sorted(source.findings)
        if not finding.warning
    ]


def _once(sources: Iterable[Any]) -> Iterator[Any]:
    """Those that make something for the first time, since DacFx takes a name once."""
    made: set[str] = set()
    for source in sources:
        if not source.creates & made:
            made |= source.creates
            yield source
