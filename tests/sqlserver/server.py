"""A stand-in for SQL Server behind the interface of pyodbc, for runs without a server.

Each batch goes through Microsoft's parser, so that a syntax error is one here too, is recorded,
and its statements are then carried out by DuckDB: queries transpiled, what has no meaning there
(columnstore, masks, grants) kept in the catalogue. It answers what dlt and dbt ask of the
catalogue. Types, collations and arithmetic are DuckDB's: it proves order and rows, not those.
"""

import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from tests.sqlserver.catalogue import Catalogue, RefusedError, Table, named
from tests.sqlserver.driver import ProgrammingError, described_type
from tests.sqlserver.parser import Parser, SyntaxProblemError, text
from tests.sqlserver.replay import Recorder
from tests.sqlserver.translate import translated

SYSTEM = Path(__file__).with_name("system.sql").read_text(encoding="utf-8")
# A parameter's place, or a text, which may hold a question mark of its own.
MARK = re.compile(r"'(?:[^']|'')*'|\?")
SYSTEM_TYPES: dict[type, str] = {
    str: "nvarchar(100)",
    bool: "bit",
    date: "date",
    datetime: "datetime2(6)",
    float: "float",
    int: "int",
    Decimal: "decimal(18,4)",
}
# Types of DuckDB's that T-SQL names otherwise.
TYPES = {
    "BOOLEAN": "bit",
    "DOUBLE": "float",
    "HUGEINT": "decimal(38,0)",
    "TIMESTAMP": "datetime2(6)",
    "TIMESTAMP WITH TIME ZONE": "datetimeoffset",
    "VARCHAR": "nvarchar",
}
DESCRIBED = re.compile(r"dm_exec_describe_first_result_set\(N'((?:[^']|'')*)'", re.DOTALL)
# What DuckDB carries out; a statement of any other kind, which has no case of its own, is refused.
CARRIED_OUT = {
    "AlterTableAddTableElementStatement",
    "CreateOrAlterViewStatement",
    "CreateSchemaStatement",
    "CreateTableStatement",
    "CreateViewStatement",
    "DeleteStatement",
    "DropTableStatement",
    "DropViewStatement",
    "InsertStatement",
    "MergeStatement",
    "SelectStatement",
    "TruncateTableStatement",
    "UpdateStatement",
}
# What binders are asked about, besides conditions, in schemas that are there.
BOUND = CARRIED_OUT - {"CreateSchemaStatement"} | {
    "AlterTableAlterColumnStatement",
    "CreateColumnStoreIndexStatement",
    "CreateIndexStatement",
    "DropIndexStatement",
    "GrantStatement",
    "RevokeStatement",
}
# What is parsed and neither carried out nor checked, with why.
UNCHECKED = {
    "BeginTransactionStatement": "each statement stands for itself",
    "CommitTransactionStatement": "each statement stands for itself",
    "RollbackTransactionStatement": "each statement stands for itself",
    "SetTransactionIsolationLevelStatement": "there is one connection at a time",
    "PredicateSetStatement": "SET NOCOUNT and XACT_ABORT have no counterpart",
    "PrintStatement": "nobody reads messages",
    "ThrowStatement": "stands in branches that are not taken",
    "UseStatement": "there is one database",
    "AlterTableRebuildStatement": "there are no pages to write anew",
}
# Procedures whose effect is not carried out, with why.
UNCHECKED_PROCEDURES = {
    "sp_releaseapplock": "locks are not kept",
    "sp_getapplock": "locks are not kept: each is granted",
    "sp_clean_db_free_space": "there are no free pages",
}
DATABASE = "dw_ecommerce"
# Who is there once docker.bootstrap has run.
PRINCIPALS = ("etl_writer", "bi_reader")


# What a server that speaks T-SQL but is not Microsoft's may lack.
MICROSOFTS_OWN = {
    "AlterDatabaseSetStatement",
    "AlterTableAlterColumnStatement",
    "CreateColumnStoreIndexStatement",
    "DenyStatement",
    "GrantStatement",
    "RevokeStatement",
    "SetTransactionIsolationLevelStatement",
}


class Server:
    """One database; connections share it. A plain one has tables, views and indexes only."""

    def __init__(self, path: str = ":memory:", *, plain: bool = False) -> None:
        self.plain = plain
        self.database = duckdb.connect(path)
        self.database.execute(SYSTEM)
        self.parser = Parser()
        self.catalogue = Catalogue(*PRINCIPALS)
        self.recorder = Recorder(self.catalogue, DATABASE)
        self.kinds: Counter[str] = Counter()
        self.lock = threading.RLock()
        self.batches: list[str] = []
        self._variables: dict[str, Any] = {}

    def run(self, batch: str, values: Sequence[object] = ()) -> Iterator[Any]:
        """Carry out a batch; the results of its SELECTs."""
        self.batches.append(batch)
        self._variables = {f"@P{i}": value for i, value in enumerate(values)}
        places = iter(self._variables)
        yield from self._batch(MARK.sub(lambda m: next(places) if m[0] == "?" else m[0], batch))

    def _batch(self, batch: str) -> Iterator[Any]:
        try:
            statements = self.parser.statements(batch)
        except SyntaxProblemError as problem:
            raise ProgrammingError("42000", str(problem)) from problem
        for statement in statements:
            yield from self._statement(statement)

    def _statement(self, node: Any) -> Iterator[Any]:
        kind = self.parser.kind(node)
        self.kinds[kind] += 1
        sent = self.recorder.now(text(node)) if kind in BOUND else None
        try:
            yield from self._checked(kind, node)
        except RefusedError as refused:
            raise ProgrammingError("42000", f"{refused} in:\n{text(node)}") from refused
        if sent:
            self.recorder.keep(sent)

    def _checked(self, kind: str, node: Any) -> Iterator[Any]:
        if self.plain and kind in MICROSOFTS_OWN:
            raise RefusedError(f"'{kind}' is not currently supported. (33557097)")
        match kind:
            case "DeclareVariableStatement":
                for element in node.Declarations:
                    given = element.Value
                    self._variables[element.VariableName.Value] = given and self._value(given)
            case "IfStatement":
                branch = node.ThenStatement if self._holds(node.Predicate) else node.ElseStatement
                if branch is not None:
                    yield from self._statement(branch)
            case "BeginEndBlockStatement" | "TryCatchStatement":
                block = node.StatementList if kind[0] == "B" else node.TryStatements
                for inner in block.Statements:
                    yield from self._statement(inner)
            case "ExecuteStatement":
                yield from self._execute(node.ExecuteSpecification)
            case "AlterTableAlterColumnStatement":
                self.catalogue.mask(node)
                self._alter(text(node))
            case "CreateIndexStatement" | "CreateColumnStoreIndexStatement":
                self._index(kind, node)
            case "DropIndexStatement":
                self.catalogue.drop_index(node)
                self._tell_indexes()
            case "CreateDatabaseStatement":
                self.database.execute(
                    "insert into sys.databases by name select ? as name, 2 as database_id",
                    [node.DatabaseName.Value],
                )
            case "GrantStatement" | "RevokeStatement":
                self.catalogue.permit(node)
                self._permit(kind, node)
            case _ if kind in UNCHECKED:
                pass
            case _ if kind in CARRIED_OUT:
                result = self._duckdb(text(node))
                self._note(kind, node)
                if kind == "SelectStatement" and node.Into is None:
                    yield result
            case _:
                raise RefusedError(f"The stand-in knows no {kind}")

    def _note(self, kind: str, node: Any) -> None:
        """Keep in the catalogue what a statement changed; check that its rows fit their types."""
        match kind:
            case "CreateTableStatement":
                self.catalogue.create_table(node)
            case "SelectStatement" if node.Into is not None:
                found = self.database.execute(f"describe {'.'.join(named(node.Into))}").fetchall()
                # As long as what is selected.
                columns = {c[0].lower(): TYPES.get(c[1], c[1].lower()) for c in found}
                self.catalogue.tables[named(node.Into)] = Table(columns)
            case "AlterTableAddTableElementStatement":
                self.catalogue.add_columns(node)
            case "CreateViewStatement" | "CreateOrAlterViewStatement":
                self.catalogue.create_view(node)
            case "DropTableStatement" | "DropViewStatement":
                self.catalogue.drop(node)
                self._tell_indexes()
            case "InsertStatement" | "MergeStatement" | "UpdateStatement":
                specification = getattr(node, f"{kind.removesuffix('Statement')}Specification")
                name = named(specification.Target.SchemaObject)
                for columns in self._written(kind, specification):
                    self.catalogue.check_needed(name, columns)
                self._check_lengths(name)

    def _written(self, kind: str, specification: Any) -> Iterator[set[str]]:
        """The columns that each INSERT of a statement lists, in lower case."""
        if kind == "InsertStatement":
            inserts = [specification]
        else:
            clauses = getattr(specification, "ActionClauses", None) or ()
            inserts = [c.Action for c in clauses if self.parser.kind(c.Action).startswith("Insert")]
        for insert in inserts:
            names = [column.MultiPartIdentifier.Identifiers for column in insert.Columns]
            yield {list(parts)[-1].Value.lower() for parts in names}

    def _check_lengths(self, name: tuple[str, str]) -> None:
        if statement := self.catalogue.too_long(name):
            ((column,),) = self.database.execute(statement).fetchall()
            if column:
                where = f"table '{'.'.join(name)}', column '{column}'"
                raise RefusedError(f"String or binary data would be truncated in {where}. (2628)")

    def _execute(self, specification: Any) -> Iterator[Any]:
        entity = specification.ExecutableEntity
        if self.parser.kind(entity) == "ExecutableStringList":
            yield from self._batch("".join(str(self._value(part)) for part in entity.Strings))
            return
        name = text(entity.ProcedureReference).lower()
        given = [self._value(p.ParameterValue) for p in entity.Parameters]
        if name == "sp_rename":
            self._rename(*given)
        elif name == "sp_executesql":
            yield from self._batch(str(given[0]))
        elif self.plain or name not in UNCHECKED_PROCEDURES:
            raise RefusedError(f"Could not find stored procedure '{name}'. (2812)")
        elif specification.Variable is not None:
            self._variables[specification.Variable.Name] = 0

    def _rename(self, old: str, new: str, what: str = "object") -> None:
        self.catalogue.rename(old, new, what)
        self._tell_indexes()
        if what.lower() == "index":
            return
        schema, name = re.sub(r'["\[\]]', "", old).split(".")[-2:]
        self.database.execute(f'alter table "{schema}"."{name}" rename to "{new}"')

    def _described(self, query: str) -> Any:
        """The columns of a query, as sys.dm_exec_describe_first_result_set has them."""
        described = self._duckdb(f"select * from ({query}) as x").description
        rows = [(name, SYSTEM_TYPES[described_type(str(kind))[0]]) for name, kind, *_ in described]
        return self.database.execute(
            "select false as is_hidden, unnest(?) as name, unnest(?) as system_type_name,"
            " null::int as error_number, null::varchar as error_message",
            [[name for name, _ in rows], [kind for _, kind in rows]],
        )

    def _alter(self, statement: str) -> None:
        found = re.search(
            r"alter table (?:\S+\.)?\"?(\w+)\"?\.\"?(\w+)\"? alter column \[(\w+)\] add masked"
            r" with \(function = '(.*)'\)",
            statement,
            re.I,
        )
        if found:
            schema, table, column, function = found.groups()
            self.database.execute(
                "insert into sys.masked values (hash(?) % 1000000007, ?, ?)",
                [f"{schema}.{table}", column, function],
            )

    def _index(self, kind: str, node: Any) -> None:
        columnstore = kind == "CreateColumnStoreIndexStatement"
        clustered = bool(node.Clustered) if node.Clustered is not None else False
        self.catalogue.create_index(node, clustered)
        where = ".".join(named(node.OnName))
        if not columnstore and node.Unique:
            columns = ", ".join(text(column) for column in node.Columns)
            twice = f"select 1 from {where} group by {columns} having count(*) > 1 limit 1"
            if self.database.execute(twice).fetchall():
                raise RefusedError(f"A duplicate key was found for '{where}'. (1505)")
        self._tell_indexes()

    def _tell_indexes(self) -> None:
        """Make sys.indexes say what the catalogue has."""
        self.database.execute("delete from sys.indexes")
        for name, table in self.catalogue.tables.items():
            for index, clustered in table.indexes.items():
                self.database.execute(
                    "insert into sys.indexes values (?, hash(?) % 1000000007, ?)",
                    [index, ".".join(name), "CLUSTERED" if clustered else "NONCLUSTERED"],
                )

    def _permit(self, kind: str, node: Any) -> None:
        path = [
            part.Value
            for part in node.SecurityTargetObject.ObjectName.MultiPartIdentifier.Identifiers
        ]
        for permission in node.Permissions:
            right = text(permission).upper()
            for principal in node.Principals:
                row = [*path[-2:], right, principal.Identifier.Value]
                self.database.execute(
                    "delete from sys.privileges where table_schema = ? and table_name = ?"
                    " and privilege_type = ? and grantee = ?",
                    row,
                )
                if kind == "GrantStatement":
                    self.database.execute(
                        "insert into sys.privileges values ('DW_ECOMMERCE', ?, ?, ?, ?)", row
                    )

    def _value(self, node: Any) -> Any:
        return self._select(text(node))

    def _holds(self, node: Any) -> bool:
        self.recorder.keep(self.recorder.now(f"if {text(node)} select 1 as x"))
        exists = "exists " if self.parser.kind(node) == "ExistsPredicate" else ""
        return bool(self._select(f"case when {exists}{text(node)} then 1 else 0 end"))

    def _select(self, expression: str) -> Any:
        found = self._duckdb(f"select {expression} as x")
        return found.fetchall()[0][0]

    def _duckdb(self, statement: str) -> Any:
        if described := DESCRIBED.search(statement):
            if self.plain:
                raise RefusedError("Invalid object name 'sys.dm_exec_describe_first_result_set'.")
            return self._described(described[1].replace("''", "'"))
        try:
            return self.database.execute(self._transpiled(statement))
        except duckdb.CatalogException as error:
            raise ProgrammingError("42S02", f"{error} in:\n{statement}") from error
        except Exception as error:
            raise ProgrammingError("42000", f"{error} in:\n{statement}\n-- DuckDB:\n") from error

    def _transpiled(self, statement: str) -> str:
        tree = translated(statement, self._variables)
        into = tree.args.get("into") if isinstance(tree, exp.Select) else None
        if into is not None:
            tree.set("into", None)
            name = into.this.sql(dialect="duckdb")
            return f"create table {name} as {tree.sql(dialect='duckdb')}"
        return tree.sql(dialect="duckdb")
