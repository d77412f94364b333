"""Variables of a mapping: declared with their kinds and defaults, given by a company's own file.

``${prefix}`` in an expression stands for the value. What stands there in the end is part of a
name, a number, or a text in quotes: never SQL of the company's file.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from loader.source.problems import SourceProblem, did_you_mean

_PLACE = re.compile(r"\$\{([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z0-9_]{0,64}")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?")
# A backslash takes the quote after it away on some databases, and a `%` or `:` may be a parameter.
_TEXT = re.compile(r"[^\\%:$\x00-\x1f\x7f]{0,255}")


class Variable(BaseModel):
    """A value that differs from company to company."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: str
    """What it is, for the person who fills it in."""
    kind: Literal["name", "number", "text", "translations"]
    """``name``: part of a table's or column's name; ``translations``: text to text, for `case`."""
    default: Any = None
    """None: a company must say it."""
    allowed: tuple[str, ...] = ()
    """The texts that may be given, or translated to; none: any."""

    def sql(self, value: Any) -> str | None:
        """The value as it stands in SQL; None if it is none of this kind."""
        if self.kind == "translations":
            if not isinstance(value, Mapping):
                return None
            sides = [(_quoted(str(a)), self._text(b)) for a, b in value.items()]
            if any(a is None or b is None for a, b in sides):
                return None
            return " ".join(f"when {a} then {b}" for a, b in sides)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return None
        if self.kind == "text":
            return self._text(value)
        pattern = _NUMBER if self.kind == "number" else _NAME
        if not pattern.fullmatch(str(value)):
            return None
        return f"({value})" if self.kind == "number" else str(value)

    def _text(self, value: object) -> str | None:
        return _quoted(str(value)) if not self.allowed or str(value) in self.allowed else None

    @property
    def expected(self) -> str:
        """What a value must be, in words."""
        if self.allowed:
            one = f"one of {', '.join(self.allowed)}"
            return one if self.kind == "text" else f"own names, each with {one}"
        return {
            "name": "letters, digits and _",
            "number": "a number",
            "text": "a text without \\, %, : and $",
            "translations": "texts, each with the text that it means",
        }[self.kind]


def filled(
    content: Any, declared: Mapping[str, Variable], given: Mapping[str, Any]
) -> tuple[Any, list[str]]:
    """A mapping's content with values in the places of variables, and what is wrong with them."""
    problems = [
        SourceProblem.UNKNOWN_VARIABLE(variable=name, hint=did_you_mean(str(name), declared))
        for name in given
        if name not in declared
    ]
    values = {}
    for name, variable in declared.items():
        value = given.get(name, variable.default)
        if value is None:
            problems.append(SourceProblem.MISSING_VARIABLE(variable=name, about=variable.about))
        elif variable.sql(value) is None:
            expected = variable.expected
            problems.append(SourceProblem.BAD_VARIABLE(variable=name, expected=expected))
        values[name] = "" if value is None else variable.sql(value) or ""
    used = set(_places(content))
    problems += [
        SourceProblem.UNDECLARED_VARIABLE(variable=name, hint=did_you_mean(name, declared))
        for name in sorted(used - declared.keys())
    ]
    return (content if problems else _replaced(content, values)), problems


def _quoted(text: str) -> str | None:
    return "'" + text.replace("'", "''") + "'" if _TEXT.fullmatch(text) else None


def _places(content: Any) -> Sequence[str]:
    if isinstance(content, str):
        return _PLACE.findall(content)
    parts = content.values() if isinstance(content, Mapping) else content
    if not isinstance(content, Mapping | list | tuple):
        return []
    return [name for part in parts for name in _places(part)]


def _replaced(content: Any, values: Mapping[str, str]) -> Any:
    if isinstance(content, str):
        return _PLACE.sub(lambda place: values[place[1]], content)
    if isinstance(content, Mapping):
        return {key: _replaced(part, values) for key, part in content.items()}
    return [_replaced(part, values) for part in content] if isinstance(content, list) else content
