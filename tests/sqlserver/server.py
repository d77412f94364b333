"""A stand-in for SQL Server behind the interface of pyodbc, for runs without a server.

Each batch goes through Microsoft's parser, so that a syntax error is one here too, is recorded,
and its statements are then carried out by DuckDB: queries transpiled, what has no meaning there
(columnstore, masks, grants) kept in the catalogue. It answers what dlt and dbt ask of the
catalogue. Types, collations and arithmetic are DuckDB's: it proves order and rows, not those.
"""

import re
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import ModuleType
from typing import Any, ClassVar

import duckdb
import sqlglot
from sqlglot import exp

from tests.sqlserver.catalogue import Catalogue, RefusedError, Table, named
from tests.sqlserver.parser import Parser, SyntaxProblemError, text

CATALOGUE = """
create schema if not exists sys;
create table if not exists sys.indexes (name varchar, object_id bigint, type_desc varchar);
create table if not exists sys.index_columns
    (object_id bigint, column_id int, is_included_column int, index_id int);
create table if not exists sys.masked (object_id bigint, name varchar, masking_function varchar);
create table if not exists sys.extended_properties
    (class int, minor_id int, name varchar, major_id bigint);
create table if not exists sys.sql_expression_dependencies (
    referencing_id bigint, referenced_database_name varchar, referenced_schema_name varchar,
    referenced_entity_name varchar
);
create table if not exists sys.databases (database_id int, snapshot_isolation_state int);
create table if not exists sys.privileges
    (table_catalog varchar, table_schema varchar, table_name varchar, privilege_type varchar,
    grantee varchar);
insert into sys.databases select 1, 1 where not exists (select 1 from sys.databases);
create or replace view sys.masked_columns as select * from sys.masked;
create or replace view sys.schemas as
    select schema_name as name, hash(schema_name) % 1000000007 as schema_id
    from duckdb_schemas() where not internal;
create or replace view sys.tables as
    select table_name as name, hash(schema_name) % 1000000007 as schema_id,
        hash(schema_name || '.' || table_name) % 1000000007 as object_id
    from duckdb_tables();
create or replace view sys.views as
    select view_name as name, hash(schema_name) % 1000000007 as schema_id,
        hash(schema_name || '.' || view_name) % 1000000007 as object_id
    from duckdb_views() where not internal;
create or replace view sys.objects as
    select *, 'U' as type from sys.tables union all select *, 'V' from sys.views;
create or replace view sys.columns as
    select hash(schema_name || '.' || table_name) % 1000000007 as object_id, column_name as name,
        column_index as column_id, 0 as is_computed, 0 as is_filestream, 0 as is_column_set,
        null as encryption_type, lower(split_part(data_type, '(', 1)) as user_type_id,
        case when data_type = 'VARCHAR' then 800 else 8 end as max_length,
        coalesce(numeric_precision, 0) as precision, coalesce(numeric_scale, 0) as scale
    from duckdb_columns() where not internal;
create or replace view sys.types as
    select * from (values
        ('varchar', 'nvarchar'), ('boolean', 'bit'), ('timestamp', 'datetime2'), ('date', 'date'),
        ('integer', 'int'), ('bigint', 'bigint'), ('decimal', 'decimal'), ('double', 'float'),
        ('hugeint', 'decimal'), ('timestamp with time zone', 'datetimeoffset')
    ) as t (user_type_id, name);
-- Not as it is configured: a server may have a database's name in another case.
create or replace macro main.db_name() as 'dw_ecommerce';
create or replace macro main.db_id() as 1;
create or replace macro main.schema_id(x) as hash(x) % 1000000007;
create or replace macro main.object_id(x, kind := '') as (
    select any_value(object_id) from sys.objects
    where object_id = hash(
        replace(replace(replace(x, '"', ''), '[', ''), ']', '')
        .replace('DW_ECOMMERCE.', '')
    ) % 1000000007
);
create or replace macro main.object_definition(x) as null;
create or replace macro main.parsename(x, part) as '15';
create or replace macro main.serverproperty(x) as '15.0.2000.5';
create or replace macro main.quotename(x) as x;
create or replace macro main.datediff_big(part, a, b) as date_diff(part, a, b);
"""

KINDS: dict[str, type] = {
    "VARCHAR": str,
    "BOOLEAN": bool,
    "DATE": date,
    "TIMESTAMP": datetime,
    "TIMESTAMP WITH TIME ZONE": datetime,
    "DOUBLE": float,
}
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
DESCRIBED = re.compile(r"dm_exec_describe_first_result_set\(N'((?:[^']|'')*)'", re.DOTALL)
HINTS = re.compile(r"with \((?:tablock|nolock)\)", re.IGNORECASE)
# What makes `+` join texts.
TEXTS = (exp.National, exp.Chr, exp.DPipe)
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
}
# Procedures whose effect is not carried out, with why.
UNCHECKED_PROCEDURES = {
    "sp_releaseapplock": "locks are not kept",
    "sp_getapplock": "locks are not kept: each is granted",
}
# Who is there once docker.bootstrap has run.
PRINCIPALS = ("etl_writer", "bi_reader")


class Error(Exception):
    """pyodbc's."""


class ProgrammingError(Error):
    """pyodbc's."""

    seen: ClassVar[list[str]] = []

    def __init__(self, state: str, message: str) -> None:
        super().__init__(state, message)
        self.seen.append(message)


class Server:
    """One database; connections share it."""

    def __init__(self, path: str = ":memory:") -> None:
        self.database = duckdb.connect(path)
        self.database.execute(CATALOGUE)
        self.parser = Parser()
        self.catalogue = Catalogue(*PRINCIPALS)
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
        try:
            yield from self._checked(kind, node)
        except RefusedError as refused:
            raise ProgrammingError("42000", f"{refused} in:\n{text(node)}") from refused

    def _checked(self, kind: str, node: Any) -> Iterator[Any]:
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
                # As long as what is selected, which no binder is asked about.
                self.catalogue.tables[named(node.Into)] = Table({c[0]: c[1].lower() for c in found})
            case "AlterTableAddTableElementStatement":
                self.catalogue.add_columns(node)
            case "CreateViewStatement" | "CreateOrAlterViewStatement":
                self.catalogue.views.add(named(node.SchemaObjectName))
            case "DropTableStatement" | "DropViewStatement":
                self.catalogue.drop(node)
                self._tell_indexes()
            case "InsertStatement" | "MergeStatement" | "UpdateStatement":
                part = kind.removesuffix("Statement")
                target = getattr(node, f"{part}Specification").Target
                self._check_lengths(named(target.SchemaObject))

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
        elif name not in UNCHECKED_PROCEDURES:
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
        rows = [(name, SYSTEM_TYPES[_kind(str(kind))[0]]) for name, kind, *_ in described]
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
        exists = "exists " if self.parser.kind(node) == "ExistsPredicate" else ""
        return bool(self._select(f"case when {exists}{text(node)} then 1 else 0 end"))

    def _select(self, expression: str) -> Any:
        found = self._duckdb(f"select {expression} as x")
        return found.fetchall()[0][0]

    def _duckdb(self, statement: str) -> Any:
        if described := DESCRIBED.search(statement):
            return self._described(described[1].replace("''", "'"))
        try:
            translated = self._transpiled(statement)
            return self.database.execute(translated)
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


def translated(statement: str, variables: dict[str, Any]) -> exp.Expression:
    """A statement of T-SQL as a tree that DuckDB's SQL can be made of."""
    tree = sqlglot.parse_one(HINTS.sub("", statement), dialect="tsql")
    # Leaves first, so that what stands in the place of a node has been seen already.
    for node in reversed(list(tree.walk())):
        found = rewritten(node, variables)
        if found is not node:
            node.replace(found)
    return tree


def rewritten(node: exp.Expression, variables: dict[str, Any]) -> Any:
    """A node of T-SQL as DuckDB knows it."""
    match node:
        case exp.Collate():
            return node.this
        case exp.Parameter() if f"@{node.name}" in variables:
            return exp.convert(variables[f"@{node.name}"])
        case exp.Like(expression=exp.Literal(this=pattern)) if "[" in pattern:
            pattern = f"^{pattern.replace('%', '.*')}$"
            return exp.RegexpLike(this=node.this, expression=exp.Literal.string(pattern))
        case exp.Anonymous() if node.name.lower() == "switchoffset":
            return node.expressions[0]
        case exp.Cast(this=exp.Substring(this=exp.MD5()) as head):
            digits = 2 * int(head.args["length"].name)
            return sqlglot.parse_one(
                f"cast('0x' || left({head.this.sql('duckdb')}, {digits}) as ubigint)",
                dialect="duckdb",
            )
        case exp.Convert() | exp.Cast() if _type(node).this in exp.DataType.TEXT_TYPES:
            # Where it is cut to its length.
            length = _type(node).expressions[0].name if _type(node).expressions else "max"
            value = node.expression if isinstance(node, exp.Convert) else node.this
            cast = exp.cast(value, "text")
            cut = exp.Left(this=cast, expression=exp.Literal.number(length))
            return cut if length.isdigit() else cast
        case exp.Add() if any(
            isinstance(part, TEXTS) or part.is_string for part in node.args.values()
        ):
            return exp.DPipe(this=node.this, expression=node.expression)
        case exp.BitwiseAnd() if not isinstance(node.parent, exp.Cast):
            return exp.cast(node, "bigint", copy=True)
        case exp.DataType(this=exp.DataType.Type.BIT):
            return exp.DataType.build("boolean")
        case exp.DataType() if node.this in exp.DataType.TEXT_TYPES and isinstance(
            node.parent, exp.ColumnDef
        ):
            return exp.DataType.build("text")
        case exp.Table():
            node.set("hints", None)
            node.set("catalog", None)
            if node.name == "TABLE_PRIVILEGES":
                return exp.to_table("sys.privileges")
            if node.name.startswith("#"):
                node.set("db", None)
                node.set("this", exp.to_identifier(node.name.replace("#", "temp_")))
        case exp.Select():
            node.set("options", None)
    return node


def _type(node: exp.Expression) -> exp.DataType:
    """What a CAST or CONVERT makes."""
    kind: exp.DataType = node.this if isinstance(node, exp.Convert) else node.args["to"]
    return kind


class Cursor:
    """pyodbc's."""

    arraysize = 1

    def __init__(self, server: Server, connection: "Connection") -> None:
        self._server, self.connection = server, connection
        self._results: list[tuple[Any, list[Any]]] = []
        self.description: Any = None
        self.rowcount = -1

    def execute(self, batch: str, *values: Any) -> "Cursor":
        if len(values) == 1 and isinstance(values[0], list | tuple):
            values = tuple(values[0])
        with self._server.lock:
            results = self._server.run(batch, values)
            self._results = [(_description(result), result.fetchall()) for result in results]
        self._next()
        return self

    def _next(self) -> bool:
        self.description, self._rows = self._results.pop(0) if self._results else (None, [])
        return self.description is not None

    def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    def fetchmany(self, size: int) -> list[Any]:
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    def nextset(self) -> bool:
        return self._next()

    def close(self) -> None:
        self._results = []

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchall())


class Connection:
    """pyodbc's."""

    timeout = 0

    def __init__(self, server: Server, autocommit: bool) -> None:
        self._server, self.autocommit = server, autocommit

    def cursor(self) -> Cursor:
        return Cursor(self._server, self)

    def execute(self, batch: str, *values: Any) -> Cursor:
        return self.cursor().execute(batch, *values)

    def commit(self) -> None:
        pass

    def rollback(self) -> None:
        pass

    def close(self) -> None:
        pass

    def add_output_converter(self, kind: int, converter: Callable[[bytes], Any]) -> None:
        pass

    def getinfo(self, kind: int) -> str:
        return "15.00.2000"


def _description(result: Any) -> list[tuple[Any, ...]]:
    return [(name, *_kind(str(kind))) for name, kind, *_ in result.description]


def _kind(kind: str) -> tuple[Any, ...]:
    """Python type, sizes, precision, scale and nullability of a column."""
    if found := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", kind):
        return Decimal, None, 0, int(found[1]), int(found[2]), True
    if kind in ("BIGINT", "UBIGINT"):
        return int, None, 0, 19, 0, True
    if kind == "HUGEINT":
        return Decimal, None, 0, 38, 0, True
    return KINDS.get(kind, int), None, 0, 10, 0, True


def install(server: Server) -> None:
    """Have ``import pyodbc`` give this server, for the rest of the process."""
    module = ModuleType("pyodbc")
    content: dict[str, Any] = {
        "Connection": Connection,
        "Cursor": Cursor,
        "Error": Error,
        "DatabaseError": Error,
        "InterfaceError": type("InterfaceError", (Error,), {}),
        "InternalError": type("InternalError", (Error,), {}),
        "OperationalError": type("OperationalError", (Error,), {}),
        "ProgrammingError": ProgrammingError,
        "pooling": True,
        "version": "5.5.0",
        "drivers": lambda: ["ODBC Driver 18 for SQL Server"],
        "connect": lambda *_, autocommit=False, **__: Connection(server, autocommit),
    }
    vars(module).update(content)
    sys.modules["pyodbc"] = module
