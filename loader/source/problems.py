"""What may be wrong with a mapping, or with a source that does not fit it: every message."""

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum

from core.errors import LoaderError


class SourceProblemsError(LoaderError):
    """The source does not fit its mapping: one line per problem."""


class SourceProblem(StrEnum):
    """Every message about a mapping; the part in braces is filled in."""

    # Of the file itself.
    NO_FILE = "no mapping {file}: set DW_SOURCE to the path of a YAML file or one of {known}"
    NO_YAML = "{file} is not valid YAML: {error}"
    FIELD = "{where}: {error}"
    UNKNOWN_FIELD = "{where}: no such setting here{hint}"
    MISSING_FIELD = "{where}: required, but not given"
    UNKNOWN_ENTITY = "{entity}: not an entity of the contract{hint}"
    MISSING_ENTITY = "{entity}: not mapped; write `{entity}: absent` if the source lacks it"
    TABLE_OR_SQL = "give either `table:` or `sql:`, one of the two"
    NOT_ABSENT = "expected `absent` or the settings of an entity"
    UNKNOWN_COLUMN = "{entity}.{column}: not a column of the contract{hint}"
    KEY_TWICE = "{entity}.{column}: filled by `{setting}:`, so leave it out of `columns:`"
    UNKNOWN_VARIABLE = "variables.{variable}: the mapping has no such variable{hint}"
    UNDECLARED_VARIABLE = "variables.{variable}: used, but not declared{hint}"
    MISSING_VARIABLE = "variables.{variable}: not given; {about}"
    BAD_VARIABLE = "variables.{variable}: expected {expected}"

    # Of the mapping against the database.
    UNKNOWN_EXTRA = (
        "{entity}.{column}: named under `extras:`, but the source has no such column{hint}"
    )
    UNKNOWN_PERSONAL = (
        "{entity}.{column}: named under `personal:`, but neither a text of the contract nor named"
        " under `extras:`{hint}"
    )
    PERSONAL_ELSEWHERE = (
        "{entity}.{column}: named under `personal:`, but only customers and orders can be erased"
        " by customer; leave the column out of `extras:`"
    )
    PERSONAL_KEY = (
        "{entity}: the keys look like {kind}, which say who a person is; write"
        " `personal: [{column}]` in {entity}, so that they land as pseudonyms"
    )
    NO_TABLE = "{entity}: the source has no table {table}{hint}"
    LEAVES_BRACKETS = "{entity}: the {part} must be one, and only that, but has {why}"
    BAD_SQL = "{entity}: the database rejects the {part}: {error}"
    MISSING_COLUMN = (
        "{entity}.{column}: required, but the source has no such column;"
        " map it under `columns:` of {entity}"
    )
    RETYPED = (
        "{entity}.{column}: expected {expected}, but the source gives {actual} at key {key!r};"
        " convert it under `columns:` of {entity}"
    )
    NOT_TIMESTAMP = (
        "{entity}: the cursor must give a timestamp, but the source gives {actual}"
        " at key {key!r}; convert it in SQL or write `cursor: none`"
    )
    NULL_KEY = "{entity}: the key is null in {count} rows; choose a key that every row has"
    DUPLICATE_KEY = (
        "{entity}: the key is not unique: {count} values occur more than once, {example!r} for one"
    )
    NEARLY = (
        "{entity}.{column}: {count} keys are those of {parent} but for upper and lower case or"
        " blanks at their ends, {example!r} for one, and so find no row there: trim(…) or upper(…)"
        " them under `columns:` and `key:`, alike in all entities; `trim_keys: true` takes such"
        " blanks off all keys"
    )
    BLANKS_APART = (
        "{entity}: {count} keys are told apart by blanks at their ends alone, {example!r} for one,"
        " which SQL Server takes for one key: mend them at the source"
    )
    TRIMMED = (
        "{entity}.{column}: {count} values land without the blanks at their ends, since the mapping"
        " says `trim_keys`"
    )
    NULL_VALUE = "{entity}.{column}: required, but null at key {key!r}"

    # Of the database against what earlier loads saw.
    COLUMN_GONE = (
        "{entity}.{column}: earlier loads had this column, now the source has not; restore it"
        " or name what to load under `columns:` of {entity}"
    )
    COLUMN_RETYPED = (
        "{entity}.{column}: earlier loads landed {expected}, now the source gives {actual};"
        " restore the type or convert it under `columns:` of {entity}"
    )

    def __call__(self, **parts: object) -> str:
        """The message with its parts filled in; keys, which may be people's, for a console only."""
        keys = parts.keys() & {"key", "example"}
        if not keys or _keys_are_shown.get():
            return self.value.format(**parts)
        hidden = self.value.format(**{**parts, **dict.fromkeys(keys, _Hidden())})
        return f"{hidden} (`dw check-mapping` shows it)"


class _Hidden:
    def __repr__(self) -> str:
        return "…"


_keys_are_shown: ContextVar[bool] = ContextVar("keys_are_shown", default=False)


@contextmanager
def keys_shown() -> Iterator[None]:
    """Have messages show keys: to a person who asked for them, nowhere else."""
    token = _keys_are_shown.set(True)
    try:
        yield
    finally:
        _keys_are_shown.reset(token)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``; did you mean x?`` for the known name nearest to ``name``, or nothing."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""
