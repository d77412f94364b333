"""Whether what each model selects fits, by its type, the column that it is inserted or merged into.

``python -m ci.column_types COLUMNS MANIFEST``: the types that SQL Server's own binder gives to the
columns of each model, as the T-SQL checker writes them, against the contracts in dbt's manifest.
Ends with 1 when one is of another kind, longer (in units of UTF-16) or of more decimals. Columns
whose type the binder does not know are listed.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

_TYPE = re.compile(r"(\w+)\s*(?:\(\s*(\w+)(?:\s*,\s*(\d+))?\s*\))?")
# dbt's words for types among them.
_KINDS = {
    "varchar": "text",
    "nvarchar": "text",
    "char": "text",
    "nchar": "text",
    "boolean": "bit",
    "timestamp": "datetime2",
    "numeric": "decimal",
}
_NO_NUMBERS = ("text", "datetime2", "date")
# A whole number fits a column of a wider kind.
_WHOLE = ["bit", "tinyint", "smallint", "int", "bigint"]


def misfit(selected: str, contract: str) -> str | None:
    """Why a column of one type cannot go into one of another, if it cannot."""
    (kind, size, scale), (into, into_size, into_scale) = _parsed(selected), _parsed(contract)
    if into == "text":
        if kind != "text":
            return "of another kind"
        fits = into_size == "max" or (size != "max" and int(size or 1) <= int(into_size or 1))
        return None if fits else "longer"
    if into in _WHOLE:
        fits = kind in _WHOLE and _WHOLE.index(kind) <= _WHOLE.index(into)
        return None if fits else "of another kind"
    if into == "decimal":
        if kind in _WHOLE:
            return None
        if kind != "decimal":
            return "of another kind"
        return None if int(scale or 0) <= int(into_scale or 0) else "of more decimals"
    return None if kind == into else "of another kind"


def _parsed(declared: str) -> tuple[str, str | None, str | None]:
    found = _TYPE.match(declared.lower())
    kind, size, scale = found.groups() if found else ("", None, None)
    return _KINDS.get(kind, kind), size, scale


def compared(
    inferred: dict[str, list[dict[str, Any]]], manifest: dict[str, Any]
) -> tuple[list[str], list[str]]:
    """What does not fit, and which columns are of unknown type."""
    wrong, unknown = [], []
    for node in manifest["nodes"].values():
        if node["resource_type"] != "model" or not node["config"]["contract"]["enforced"]:
            continue
        selected = inferred[f"[{node['schema']}].[{node['name']}]"]
        types = {column["name"].lower(): column["type"] for column in selected}
        for name, column in node["columns"].items():
            where, into = f"{node['schema']}.{node['name']}.{name}", column["data_type"]
            # It takes the MIN or MAX of whatever for a whole number.
            if not types.get(name) or (types[name] == "int" and _parsed(into)[0] in _NO_NUMBERS):
                unknown.append(where)
            elif why := misfit(types[name], into):
                wrong.append(f"{where}: {types[name]} is {why}, for {into}")
    return wrong, unknown


def main(columns: str, manifest: str) -> int:
    """Tell what was found; how the process is to end."""
    read = (json.loads(Path(path).read_text(encoding="utf-8")) for path in (columns, manifest))
    wrong, unknown = compared(*read)
    print(*wrong, sep="\n", end="\n" if wrong else "")
    print(f"{len(wrong)} columns do not fit; unknown to the binder: {len(unknown)}", *unknown)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
