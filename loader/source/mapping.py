"""The mapping of a company's database onto the contract: ``sources/<name>.yml``.

For each of the eleven entities it says which table or SELECT fills it, its key and its change
cursor, or that the source does not have it. All SQL is the foreign database's own.
"""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from core import strict_yaml
from core.contract.entities import ENTITIES
from core.errors import UsageError
from core.settings import ROOT
from loader.source.problems import SourceProblem, did_you_mean
from loader.source.variables import Variable, filled

SOURCES = ROOT / "sources"


class EntityMapping(BaseModel):
    """How one entity is read: every expression is SQL over the table or SELECT."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    table: str | None = None
    sql: str | None = None
    key: str
    cursor: str | None
    """A timestamp that grows with each change of a row; None: there is none."""
    columns: dict[str, str] | None = None
    """Expressions of contract columns."""
    extras: Literal["all"] | tuple[str, ...] = ()
    """Columns beyond the contract that land; all: but those whose names look personal."""
    personal: tuple[str, ...] = ()
    """Columns, the key among them, that hold a person's data, beyond those known to do."""

    @field_validator("cursor", mode="before")
    @classmethod
    def _none(cls, value: object) -> object:
        return None if value == "none" else value

    @model_validator(mode="after")
    def _table_or_sql(self) -> "EntityMapping":
        if (self.table is None) == (self.sql is None):
            raise ValueError(SourceProblem.TABLE_OR_SQL)
        return self


Read = TypeVar("Read", bound=BaseModel)


def _absent(value: object) -> object:
    if value == "absent":
        return None
    if not isinstance(value, dict | EntityMapping):
        raise ValueError(SourceProblem.NOT_ABSENT)
    return value


class OwnValues(BaseModel):
    """A company's own file: which mapping is its own, and with what values."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mapping: str
    variables: dict[str, Any] = {}


class Mapping(BaseModel):
    """A company's database as the eleven entities of the contract; None: absent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: str
    schema_name: str | None = Field(default=None, alias="schema")
    trim_keys: bool = False
    """Whether keys, an entity's own and others', land without the blanks at their ends."""
    variables: dict[str, Variable] = {}
    entities: dict[str, Annotated[EntityMapping | None, BeforeValidator(_absent)]]

    @property
    def present(self) -> dict[str, EntityMapping]:
        """The entities that the source has, parents before children."""
        return {name: e for name in ENTITIES if (e := self.entities[name]) is not None}


def read(source: str) -> Mapping:
    """The mapping named ``source`` in ``sources/``, or in the YAML file of that path.

    The file may be a company's own, which names a mapping and gives values to its variables.
    Raises UsageError with every problem of the file, one per line.
    """
    file, content = _content(source)
    given: dict[str, Any] = {}
    if isinstance(content, dict) and "mapping" in content:
        own = _valid(OwnValues, file, content)
        given = own.variables
        beside = own.mapping.endswith((".yml", ".yaml"))
        # A path is one from the file that says it.
        _, content = _content(str(file.parent / own.mapping) if beside else own.mapping)
    more: list[str] = []
    if isinstance(content, dict) and isinstance(declared := content.get("variables", {}), dict):
        known = {}
        for name, variable in declared.items():
            with suppress(ValidationError):
                known[name] = Variable.model_validate(variable)
        entities, more = filled(content.get("entities"), known, given)
        content = {**content, "entities": entities}
    return _valid(Mapping, file, content, more)


def _content(source: str) -> tuple[Path, Any]:
    file = Path(source) if source.endswith((".yml", ".yaml")) else SOURCES / f"{source}.yml"
    if not file.is_file():
        known = ", ".join(sorted(path.stem for path in SOURCES.glob("*.yml")))
        raise UsageError(SourceProblem.NO_FILE(file=file, known=known))
    try:
        return file, strict_yaml.read(file)
    except strict_yaml.YamlError as error:
        raise UsageError(SourceProblem.NO_YAML(file=file, error=error.problem)) from error


def _valid(kind: type[Read], file: Path, content: Any, more: Iterable[str] = ()) -> Read:
    problems = list(more)
    found = None
    try:
        found = kind.model_validate(content)
    except ValidationError as error:
        problems += [_plain(e["type"], e["loc"], e["msg"]) for e in error.errors()]
    if kind is Mapping:
        problems += _entity_problems(content)
    if problems or found is None:
        raise UsageError("\n".join([f"{file} has {len(problems)} problem(s):", *problems]))
    return found


def _plain(kind: str, location: tuple[int | str, ...], message: str) -> str:
    where = ".".join(str(part) for part in location if part != "entities") or "the file"
    if kind == "extra_forbidden":
        own = ("description", "schema", "trim_keys", "entities", "variables")
        fields = [*EntityMapping.model_fields, *own]
        return SourceProblem.UNKNOWN_FIELD(
            where=where, hint=did_you_mean(str(location[-1]), fields)
        )
    if kind == "missing":
        return SourceProblem.MISSING_FIELD(where=where)
    return SourceProblem.FIELD(where=where, error=message.removeprefix("Value error, "))


def _entity_problems(content: Any) -> list[str]:
    entities = content.get("entities") if isinstance(content, dict) else None
    if not isinstance(entities, dict):
        return []
    unknown = [
        SourceProblem.UNKNOWN_ENTITY(entity=name, hint=did_you_mean(str(name), ENTITIES))
        for name in entities
        if name not in ENTITIES
    ]
    missing = [
        SourceProblem.MISSING_ENTITY(entity=name) for name in ENTITIES if name not in entities
    ]
    columns = [
        problem
        for name, entity in entities.items()
        if name in ENTITIES and isinstance(entity, dict) and isinstance(entity.get("columns"), dict)
        for problem in _column_problems(name, entity)
    ]
    return unknown + missing + columns


def _column_problems(name: str, entity: dict[str, Any]) -> Iterable[str]:
    contract = [column.name for column in ENTITIES[name].columns]
    for column in entity["columns"]:
        if column not in contract:
            hint = did_you_mean(str(column), contract)
            yield SourceProblem.UNKNOWN_COLUMN(entity=name, column=column, hint=hint)
        elif column == ENTITIES[name].key:
            yield SourceProblem.KEY_TWICE(entity=name, column=column, setting="key")
        elif column == "updated_at" and entity.get("cursor") != "none":
            yield SourceProblem.KEY_TWICE(entity=name, column=column, setting="cursor")
