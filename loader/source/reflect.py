"""How the query of an entity comes of its mapping and of what the database says it has."""

from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from core.contract.entities import BALANCES, ENTITIES, Column
from core.contract.personal import CUSTOMERS, looks_personal
from core.contract.values import describe
from core.refusals import told
from loader.source.databases.base import Database, arrow_types
from loader.source.mapping import EntityMapping
from loader.source.names import landed_names
from loader.source.problems import SourceProblem, SourceProblemsError, did_you_mean
from loader.source.query import Query, expression, literal
from loader.source.repeated import ONCE
from loader.source.statements import leaves_brackets


class Reflection:
    """What the database says of the table or SELECT that an entity is mapped to."""

    def __init__(
        self,
        database: Database,
        connection: sa.Connection,
        inspector: sa.Inspector,
        name: str,
        mapped: EntityMapping,
        schema: str | None,
        *,
        trim_keys: bool = False,
    ) -> None:
        """``schema`` is that of tables named without one. Raises SourceProblemsError."""
        self._database, self._connection, self._trim_keys = database, connection, trim_keys
        self._entity, self._mapped = ENTITIES[name], mapped
        self._preparer = connection.dialect.identifier_preparer
        self._declared: dict[str, Any] = {}
        self._declared_key: list[str] = []
        self._inspector = inspector
        self._table: tuple[str, str | None] | None = None
        if mapped.sql is not None:
            # Neither a colon nor a comment in the last line may change what the SELECT means.
            select = mapped.sql.strip().rstrip(";")
            if why := leaves_brackets(select, connection.dialect.name):
                raise SourceProblemsError(
                    SourceProblem.LEAVES_BRACKETS(entity=name, part="SELECT", why=why)
                )
            select = select.replace(":", r"\:")
            self._rows: sa.FromClause = sa.text(f"{select}\n").columns().subquery("src")
            return
        own, _, table = str(mapped.table).rpartition(".")
        schema = own or database.schema(schema)
        if not inspector.has_table(table, schema):
            hint = did_you_mean(table, inspector.get_table_names(schema))
            raise SourceProblemsError(
                SourceProblem.NO_TABLE(entity=name, table=mapped.table, hint=hint)
            )
        self._rows, self._table = sa.table(table, schema=schema), (table, schema)
        self._declared = {c["name"]: c for c in inspector.get_columns(table, schema)}
        self._declared_key = inspector.get_pk_constraint(table, schema)["constrained_columns"]

    def query(self, landed: Mapping[str, str]) -> Query:
        """The query of the entity, tried against the database.

        ``landed`` are the columns that earlier loads filled, with the names of their Arrow types.
        Raises SourceProblemsError.
        """
        mapped, entity = self._mapped, self._entity
        contract = {column.name for column in entity.columns}
        names = self._names()
        found = landed_names(names, contract)
        expressions = {c: self._quote(found.sources[c]) for c in found.sources if c in contract}
        expressions |= mapped.columns or {}
        expressions[entity.key] = mapped.key
        if mapped.cursor is not None:
            expressions["updated_at"] = mapped.cursor
        # What is the name of a column means the column, whatever the word means in SQL.
        expressions = {c: self._quote(e) if e in names else e for c, e in expressions.items()}
        beyond = {c: name for c, name in found.sources.items() if c not in contract}
        extras = {c: name for c, name in beyond.items() if self._is_wanted(c, name)}
        problems = self._unknown(beyond) + self._mismarked(extras)
        problems += self._lacking(landed, expressions.keys() | extras.keys())
        problems += self._rejected(expressions)
        if problems:
            raise SourceProblemsError("\n".join(problems))
        trimmed = self._with_blanks(expressions) if self._trim_keys else {}
        expressions |= {column: f"rtrim({sql})" for column, sql in trimmed.items()}
        typed = self._typed(extras, landed)
        taken = {column.name for column in typed}
        return Query(
            database=self._database,
            entity=entity,
            rows=self._rows,
            expressions=expressions | {c.name: self._quote(extras[c.name]) for c in typed},
            extras=typed,
            left_out={c: self._why_left_out(c, extras) for c in beyond if c not in taken},
            marked=frozenset(mapped.personal),
            cursor=None if mapped.cursor is None else expressions["updated_at"],
            trimmed=trimmed,
            # Keys may be the same once they are trimmed.
            key_is_declared=entity.key not in trimmed
            and [c.lower() for c in self._declared_key] == [mapped.key.lower()],
            once_is_declared=self._once_is_declared(expressions),
            cursor_is_declared=self._cursor_is_declared(),
            declared=self._declared_types(expressions),
            renamed=found.renamed,
        )

    def _is_wanted(self, column: str, name: str) -> bool:
        """Whether a column beyond the contract is to land."""
        wanted = self._mapped.extras
        if wanted == "all":
            return not looks_personal(self._entity.name, column)
        return column in wanted or name in wanted

    def _why_left_out(self, column: str, extras: Container[str]) -> str:
        if column in extras:
            return "no value yet, or no known type"
        if self._mapped.extras == "all":
            return "its name looks personal; if it is to land, name all that are under `extras:`"
        return "beyond the contract, and not named under `extras:`"

    def _unknown(self, beyond: Mapping[str, str]) -> list[str]:
        """What the mapping wants and the source does not have."""
        named = () if self._mapped.extras == "all" else self._mapped.extras
        known = {*beyond, *beyond.values()}
        name = self._entity.name
        return [
            SourceProblem.UNKNOWN_EXTRA(
                entity=name, column=column, hint=did_you_mean(column, known)
            )
            for column in named
            if column not in known
        ]

    def _mismarked(self, extras: Container[str]) -> list[str]:
        """What the mapping calls personal and cannot be treated so."""
        name = self._entity.name
        texts = sorted(c.name for c in self._entity.columns if c.length)
        problems = []
        for column in self._mapped.personal:
            if column in texts:
                continue
            if column not in extras:
                hint = did_you_mean(column, texts)
                problems.append(
                    SourceProblem.UNKNOWN_PERSONAL(entity=name, column=column, hint=hint)
                )
            elif name not in (CUSTOMERS, "orders"):
                problems.append(SourceProblem.PERSONAL_ELSEWHERE(entity=name, column=column))
        return problems

    def _quote(self, name: str) -> str:
        """A column's name as the database takes it, whatever it is."""
        quoted = self._preparer.quote_identifier(name)
        # Those that double the signs of their parameters do so for all that is literal later.
        return quoted.replace("%%", "%") if self._preparer._double_percents else quoted

    def _names(self) -> list[str]:
        """The columns of the table or SELECT, as the database spells them."""
        statement = sa.select(literal("*")).select_from(self._rows).where(sa.false())
        try:
            with self._connection.begin_nested():
                return list(self._connection.execute(statement).keys())
        except DBAPIError as error:
            raise SourceProblemsError(
                SourceProblem.BAD_SQL(entity=self._entity.name, part="SELECT", error=told(error))
            ) from error

    def _lacking(self, landed: Iterable[str], present: Iterable[str]) -> list[str]:
        """The columns that earlier loads had or the contract requires, and the source has not."""
        name, present = self._entity.name, set(present)
        balance = BALANCES.get(name, ())
        if len(present.intersection(balance)) >= 2:
            present |= set(balance)
        return [
            SourceProblem.COLUMN_GONE(entity=name, column=column)
            for column in landed
            if column not in present
        ] + [
            SourceProblem.MISSING_COLUMN(entity=name, column=column.name)
            for column in self._entity.columns
            if column.required and column.name not in present and column.name not in landed
        ]

    def _rejected(self, expressions: Mapping[str, str]) -> list[str]:
        """The expressions that the database does not accept, or that would be more than one."""
        dialect = self._connection.dialect.name
        more = {c: why for c, sql in expressions.items() if (why := leaves_brackets(sql, dialect))}
        if more:
            return [
                SourceProblem.LEAVES_BRACKETS(
                    entity=self._entity.name, part=f"expression of {column}", why=why
                )
                for column, why in more.items()
            ]
        if self._rejection(expressions.values()) is None:
            return []
        return [
            SourceProblem.BAD_SQL(
                entity=self._entity.name, part=f"expression of {column}", error=error
            )
            for column, sql in expressions.items()
            if (error := self._rejection([sql])) is not None
        ]

    def _rejection(self, expressions: Iterable[str]) -> str | None:
        """What the database says against a SELECT of the expressions, if anything."""
        selected = [expression(sql) for sql in expressions]
        statement = sa.select(*selected).select_from(self._rows).where(sa.false())
        try:
            with self._connection.begin_nested():
                self._connection.execute(statement)
        except DBAPIError as error:
            return told(error)
        return None

    def _with_blanks(self, expressions: Mapping[str, str]) -> dict[str, str]:
        """The keys that may end in blanks: those that are texts, or that the database trims."""
        declared = self._declared_types(expressions)
        keys = [c.name for c in self._entity.columns if c.is_key and c.name in expressions]
        return {
            column: expressions[column]
            for column in keys
            if isinstance(declared.get(column, sa.String()), sa.String)
            and self._rejection([f"rtrim({expressions[column]})"]) is None
        }

    def _typed(self, extras: Mapping[str, str], landed: Mapping[str, str]) -> tuple[Column, ...]:
        """The columns beyond the contract whose type is known."""
        types = {c: self._type(found, landed.get(c)) for c, found in extras.items()}
        retyped = {c: t for c, t in types.items() if t and landed.get(c, str(t)) != str(t)}
        if retyped:
            raise SourceProblemsError(
                "\n".join(
                    SourceProblem.COLUMN_RETYPED(
                        entity=self._entity.name,
                        column=c,
                        expected=describe(_arrow_type(landed[c])),
                        actual=describe(actual),
                    )
                    for c, actual in retyped.items()
                )
            )
        return tuple(Column(c, t, required=False) for c, t in types.items() if t is not None)

    def _type(self, column: str, landed: str | None) -> pa.DataType | None:
        if self._mapped.table is not None:
            return self._database.declared_type(self._declared[column]["type"])
        return _arrow_type(landed) if landed else self._type_of_a_value(column)

    def _type_of_a_value(self, column: str) -> pa.DataType | None:
        """The type of a column of a SELECT by a value of it; None while all are null."""
        selected = literal(self._quote(column))
        statement = sa.select(selected).select_from(self._rows)
        value = self._connection.execute(statement.where(selected.is_not(None)).limit(1)).scalar()
        if value is None:
            return None
        inferred = pa.array([value]).type
        if pa.types.is_floating(inferred) or pa.types.is_decimal(inferred):
            return pa.decimal128(38, 9)
        if pa.types.is_timestamp(inferred):
            return pa.timestamp("us")
        return inferred if inferred in arrow_types() else None

    def _once_is_declared(self, expressions: Mapping[str, str]) -> bool:
        """Whether the table itself keeps once what the contract has once beside the key."""
        columns = ONCE.get(self._entity.name, ())
        if not columns or not self._table or not expressions.keys() >= set(columns):
            return False
        uniques: list[Sequence[str | None]] = [
            i["column_names"] for i in self._inspector.get_indexes(*self._table) if i["unique"]
        ]
        with suppress(NotImplementedError):
            # A database that does not tell them tells their indexes.
            found = self._inspector.get_unique_constraints(*self._table)
            uniques += [unique["column_names"] for unique in found]
        wanted = {expressions[column] for column in columns}
        return any({self._quote(str(name)) for name in names} == wanted for names in uniques)

    def _cursor_is_declared(self) -> bool:
        required = {name.lower() for name, c in self._declared.items() if not c["nullable"]}
        return str(self._mapped.cursor).lower() in required

    def _declared_types(
        self, expressions: Mapping[str, str]
    ) -> dict[str, sa.types.TypeEngine[Any]]:
        types = {
            sql: column["type"]
            for name, column in self._declared.items()
            for sql in (name, self._quote(name))
        }
        return {name: types[sql] for name, sql in expressions.items() if sql in types}


def _arrow_type(name: str) -> pa.DataType:
    """The type among those of a column beyond the contract that has this name."""
    return next(arrow for arrow in arrow_types() if str(arrow) == name)
