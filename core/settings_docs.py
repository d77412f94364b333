"""``python -m core.settings_docs``: write ``.env.example`` and the README's table of settings.

Both are made from :mod:`core.setting_groups`, where each setting says what it is for.
"""

import re
import textwrap
from collections.abc import Iterator
from datetime import time
from pathlib import Path

from pydantic import ByteSize, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from core.environment import ROOT
from core.setting_groups import SparkSettings, SqlServerSettings, StackSettings
from core.settings import GROUPS, variable

EXAMPLE, README = ROOT / ".env.example", ROOT / "README.md"
BEGIN, END = "<!-- settings -->\n", "<!-- end of settings -->\n"
# What few set: one line in the README, all of it in .env.example.
_FOLDED = (SqlServerSettings, SparkSettings)
_HEAD = """\
# Copy to .env and change what differs; every line is optional, and the environment comes before it.
# A value is what is written: spaces and $ need no quotes, and nothing in it is executed. Made by
# `make docs` from core/setting_groups.py.
"""


def default(field: FieldInfo) -> str:
    """The default of a setting as somebody would write it; empty when there is none."""
    value = field.default
    if isinstance(value, SecretStr) or value is None:
        return ""
    if isinstance(value, ByteSize):
        return f"{value / 2**30:g}GiB"
    if isinstance(value, Path):
        return str(value.relative_to(ROOT) if value.is_relative_to(ROOT) else value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def example() -> str:
    """The text of ``.env.example``."""
    return "\n".join([_HEAD, *(line for group in GROUPS for line in _lines(group))])


def _lines(group: type[BaseSettings]) -> Iterator[str]:
    if group is StackSettings:
        return
    yield f"# ---------- {(group.__doc__ or '').splitlines()[0]}\n"
    for name, field in _fields(group).items():
        text = _plain(field.description or "")
        yield from textwrap.wrap(
            f"{text[0].upper()}{text[1:]}.", 98, initial_indent="# ", subsequent_indent="# "
        )
        shown = field.examples[0] if field.examples else default(field)
        yield f"# {variable(name)}={shown}\n"


def _fields(group: type[BaseSettings]) -> dict[str, FieldInfo]:
    return {name: group.model_fields[name] for name in group.__annotations__ if name[0] != "_"}


def _plain(text: str) -> str:
    """Markdown without its links."""
    return re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)


def table() -> str:
    """The README's table: name, default, description."""
    rows = ["| | default | |", "|---|---|---|"]
    for group in GROUPS:
        if group is StackSettings:
            continue
        fields = _fields(group)
        if group in _FOLDED:
            names = dict.fromkeys(_family(variable(name)) for name in fields)
            text = (group.__doc__ or "").splitlines()[0].rstrip(".")
            rows.append(
                f"| {' · '.join(names)} | | {text[0].lower()}{text[1:]}: see .env.example |"
            )
            continue
        for name, field in fields.items():
            shown = f" `{default(field)}`" if default(field) else ""
            rows.append(f"| `{variable(name)}` |{shown} | {field.description} |")
    return "\n".join(rows) + "\n"


def _family(name: str) -> str:
    """A variable, or those that begin as it does."""
    family = re.match(r"DW_(SQLSERVER|SPARK)_", name)
    return f"`{family[0]}…`" if family else f"`{name}`"


def readme(text: str) -> str:
    """The README with its table made anew."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}{table()}{END}{rest.split(END)[1]}"


def write() -> None:
    """Write both."""
    EXAMPLE.write_text(example(), encoding="utf-8")
    README.write_text(readme(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()
