"""What the columns of a source are called in staging."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import md5

from dlt.common.normalizers.naming.snake_case import NamingConvention
from text_unidecode import unidecode  # type: ignore[import-untyped]

# dlt's columns, and the loader's own.
OURS = ("_dlt", "_dw", "_quarantine", "_odd_values", "_hard_deleted_at")
LONGEST = 100
"""Every warehouse takes more; dlt would else shorten names in its own way."""

_SIGNS_AT_END = re.compile(r"[^A-Za-z0-9]+$")
_snake_case = NamingConvention()


@dataclass(frozen=True)
class Names:
    """The columns of a table or SELECT by the names that they land under."""

    sources: Mapping[str, str] = field(default_factory=dict)
    """Landed name to the source's."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Those of them whose own name another column has."""


def landed_names(columns: Iterable[str], contract: Collection[str]) -> Names:
    """A name of its own for each column, which stays the same when others come.

    Of columns that would share one, who is called exactly so keeps it, else the first; the others
    get a mark made of their own name.
    """
    columns = list(dict.fromkeys(columns))
    sources = {name: name for name in columns if name in contract or landed_name(name) == name}
    renamed = {}
    for column in columns:
        name = landed_name(column)
        if sources.get(name, column) != column:
            name = f"{name}_{_mark(column)}"
            renamed[name] = column
        sources.setdefault(name, column)
    return Names({name: sources[name] for name in sources}, renamed)


def landed_name(column: str) -> str:
    """A column's name as every warehouse can have it: ``Observação`` becomes ``observacao``."""
    # A sign at the end would become a letter.
    ascii_name = _SIGNS_AT_END.sub("", unidecode(column).strip())
    if not ascii_name:
        return f"column_{_mark(column)}"
    name: str = _snake_case.normalize_identifier(ascii_name)
    if name.startswith(OURS):
        name = name.lstrip("_")
    if len(name) > LONGEST:
        name = f"{name[: LONGEST - 9].rstrip('_')}_{_mark(column)}"
    return name


def _mark(column: str) -> str:
    return md5(column.encode(errors="surrogatepass"), usedforsecurity=False).hexdigest()[:8]
