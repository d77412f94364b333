"""What replaces a macro of dbt's or of an adapter's was written against that macro as it was.

``overrides.json`` keeps the checksum of each macro that a file in ``macros/overrides`` replaces,
and the version of its package. When one has changed, read what is new there, take over what
matters, and record it: ``python -m tests.dbt.test_overrides``.
"""

import hashlib
import json
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path

import dbt.include.global_project
import pytest

from tests.conftest import ROOT

OVERRIDES = ROOT / "dbt_project" / "macros" / "overrides"
RECORD = Path(__file__).with_name("overrides.json")
INCLUDE = Path(dbt.include.global_project.__file__).parents[1]
PACKAGES = {
    "global_project": "dbt-adapters",
    "duckdb": "dbt-duckdb",
    "spark": "dbt-spark",
    "sqlserver": "dbt-sqlserver",
}
MACRO = re.compile(r"\{%-?\s*macro\s+(\w+)\s*\(.*?\{%-?\s*endmacro\s*-?%\}", re.DOTALL)
NAMES = [path.stem for path in sorted(OVERRIDES.glob("*.sql"))]


@cache
def macros(package: str) -> dict[str, str]:
    """The macros of an installed package, by name."""
    return {
        found[1]: found[0]
        for path in sorted((INCLUDE / package).rglob("*.sql"))
        for found in MACRO.finditer(path.read_text(encoding="utf-8"))
    }


def replaced(name: str) -> dict[str, str]:
    """The macro that one of this name comes before: its adapter's, else dbt's own for all.

    A macro that only asks for an engine's counts with what it finds.
    """
    engine, _, general = name.rpartition("__")
    for package, candidate in [
        *((package, name) for package in (engine, "global_project", "sqlserver") if package),
        ("global_project", f"default__{general}"),
    ]:
        if candidate in macros(package):
            found = [candidate, f"default__{candidate}", f"{package}__{candidate}"]
            text = "\n".join(macros(package).get(macro, "") for macro in found)
            return {
                "macro": candidate,
                "package": PACKAGES[package],
                "version": version(PACKAGES[package]),
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
            }
    raise LookupError(f"no installed package has a macro that {name} replaces")


@pytest.mark.parametrize("name", NAMES)
def test_the_macro_that_is_replaced_is_the_one_that_was_read(name: str) -> None:
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))[name]
    found = replaced(name)
    assert found["sha256"] == recorded["sha256"], (
        f"{found['macro']} of {found['package']} {found['version']} is not what it was in"
        f" {recorded['version']}: compare, then run `python -m tests.dbt.test_overrides`"
    )


def test_each_replaced_macro_has_a_file_of_its_own() -> None:
    for path in OVERRIDES.glob("*.sql"):
        found = [macro[1] for macro in MACRO.finditer(path.read_text(encoding="utf-8"))]
        assert found == [path.stem]
    assert json.loads(RECORD.read_text(encoding="utf-8")).keys() == set(NAMES)


def test_nothing_else_replaces_a_macro() -> None:
    installed = {name for package in PACKAGES for name in macros(package)}
    ours = {
        found[1]: path
        for path in OVERRIDES.parent.rglob("*.sql")
        for found in MACRO.finditer(path.read_text(encoding="utf-8"))
    }
    taken = {name for name, path in ours.items() if path.parent != OVERRIDES and name in installed}
    assert taken == set()


if __name__ == "__main__":
    record = json.dumps({name: replaced(name) for name in NAMES}, indent=2)
    RECORD.write_text(record + "\n", encoding="utf-8")
