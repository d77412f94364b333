"""What SQL Server knows of its tables beyond what DuckDB does: T-SQL types, indexes, principals.

The stand-in asks here whether a change of the catalogue is one that the server would make at that
moment, and whether a written row is one that its table can hold.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from tests.sqlserver.parser import text

SIZED = re.compile(r"n?(?:var)?char\s*\((\d+|max)\)", re.IGNORECASE)
# What an index key may be in bytes.
CLUSTERED_BYTES, BYTES = 900, 1700
# Types that an index key cannot have.
LARGE = re.compile(r"\((max)\)|^(?:xml|text|ntext|image)$", re.IGNORECASE)


class RefusedError(Exception):
    """What the server would say, with its number."""


@dataclass
class Table:
    """A table: the T-SQL types of its columns, those that take no null, and its indexes.

    Of an index it is known whether it is clustered.
    """

    columns: dict[str, str]
    needed: set[str] = field(default_factory=set)
    indexes: dict[str, bool] = field(default_factory=dict)

    def ddl(self, name: "Name") -> str:
        columns = ", ".join(
            f"[{column}] {kind} {'not null' if column in self.needed else 'null'}"
            for column, kind in self.columns.items()
        )
        return f"create table [{name[0]}].[{name[1]}] ({columns})"


Name = tuple[str, str]


def named(name: Any) -> Name:
    """Schema and name of an object, in lower case, as ScriptDom has it."""
    schema = name.SchemaIdentifier
    return (schema.Value if schema else "dbo").lower(), name.BaseIdentifier.Value.lower()


def split(name: str) -> list[str]:
    """The parts of a name in a text, such as ``"dim"."dim_data"``."""
    return re.sub(r'["\[\]]', "", name).lower().split(".")


class Catalogue:
    """The tables, by schema and name, and who may be granted something."""

    def __init__(self, *principals: str) -> None:
        self.tables: dict[Name, Table] = {}
        # What follows the name in the CREATE VIEW of each.
        self.views: dict[Name, str] = {}
        self.principals = {principal.lower() for principal in principals}

    def table(self, name: Name) -> Table:
        """A table. Raises RefusedError."""
        if name not in self.tables:
            raise RefusedError(f"Cannot find the object '{'.'.join(name)}'. (1088)")
        return self.tables[name]

    def ddl(self, name: Name) -> str | None:
        """What makes a table or a view as it is now."""
        if name in self.views:
            return f"create view [{name[0]}].[{name[1]}] {self.views[name]}"
        return self.tables[name].ddl(name) if name in self.tables else None

    def create_table(self, node: Any) -> None:
        table = self.tables[named(node.SchemaObjectName)] = Table({})
        self._add(table, node)

    def add_columns(self, node: Any) -> None:
        self._add(self.table(named(node.SchemaObjectName)), node)

    @staticmethod
    def _add(table: Table, node: Any) -> None:
        for column in node.Definition.ColumnDefinitions:
            name = column.ColumnIdentifier.Value.lower()
            table.columns[name] = text(column.DataType).lower()
            if any(getattr(rule, "Nullable", True) is False for rule in column.Constraints):
                table.needed.add(name)

    def create_view(self, node: Any) -> None:
        whole, head = text(node), text(node.SchemaObjectName)
        self.views[named(node.SchemaObjectName)] = whole[whole.index(head) + len(head) :]

    def check_needed(self, name: Name, written: set[str]) -> None:
        """Refuse rows of which a column that takes no null is not written."""
        table = self.tables.get(name)
        for column in sorted(table.needed - written if table and written else ()):
            where = f"column '{column}', table '{'.'.join(name)}'"
            raise RefusedError(f"Cannot insert the value NULL into {where}. (515)")

    def create_index(self, node: Any, clustered: bool) -> None:
        """Check columns, their types and sizes, and that a table is clustered once at most."""
        table, index = self.table(named(node.OnName)), node.Name.Value.lower()
        if index in table.indexes:
            raise RefusedError(f"An index with name '{index}' already exists. (1913)")
        if clustered and any(table.indexes.values()):
            raise RefusedError(f"Cannot create more than one clustered index: '{index}'. (1902)")
        columns = [c.Column for c in getattr(node, "Columns", None) or () if hasattr(c, "Column")]
        keys = [c.MultiPartIdentifier.Identifiers[0].Value.lower() for c in columns]
        for key in keys:
            if key not in table.columns:
                raise RefusedError(f"Column name '{key}' does not exist in the table. (1911)")
            if LARGE.search(table.columns[key]):
                raise RefusedError(f"Column '{key}' is invalid for use as a key column. (1919)")
        size = sum(self._bytes(table.columns[key]) for key in keys)
        if size > (CLUSTERED_BYTES if clustered else BYTES):
            raise RefusedError(f"The index '{index}' has a key of {size} bytes. (1944)")
        table.indexes[index] = clustered

    @staticmethod
    def _bytes(kind: str) -> int:
        found = SIZED.match(kind)
        return int(found[1]) * (2 if kind.startswith("n") else 1) if found else 16

    def drop_index(self, node: Any) -> None:
        for clause in node.DropIndexClauses:
            # "schema"."table"."index", as dbt writes it.
            *path, index = (part.Value.lower() for part in clause.Index.Identifiers)
            if self.table((path[-2], path[-1])).indexes.pop(index, None) is None:
                raise RefusedError(f"Cannot drop the index '{index}', it does not exist. (3701)")

    def permit(self, node: Any) -> None:
        """Check a GRANT or REVOKE: its object and its principals are there."""
        target = node.SecurityTargetObject
        path = list(target.ObjectName.MultiPartIdentifier.Identifiers)[-2:]
        name = ".".join(part.Value.lower() for part in path)
        schema, _, identifier = name.partition(".")
        if (schema, identifier) not in self.tables.keys() | self.views:
            raise RefusedError(f"Cannot find the object '{name}'. (15151)")
        for principal in node.Principals:
            if principal.Identifier.Value.lower() not in self.principals:
                raise RefusedError(f"Cannot find the user '{principal.Identifier.Value}'. (15151)")

    def mask(self, node: Any) -> None:
        table = self.table(named(node.SchemaObjectName))
        if node.ColumnIdentifier.Value.lower() not in table.columns:
            raise RefusedError(f"Column '{node.ColumnIdentifier.Value}' does not exist. (4924)")

    def drop(self, node: Any) -> None:
        for item in node.Objects:
            self.tables.pop(named(item), None)
            self.views.pop(named(item), None)

    def rename(self, old: str, new: str, what: str = "object") -> None:
        """As sp_rename, of a table, a view, an index or a column."""
        *path, last = split(old)
        if what.lower() in ("index", "column"):
            table = self.table((path[-2], path[-1]))
            held: dict[str, Any] = table.indexes if what.lower() == "index" else table.columns
            if last not in held:
                raise RefusedError(f"Either the parameter @objname is ambiguous: {old}. (15248)")
            held[new.lower()] = held.pop(last)
            if last in table.needed:
                table.needed = table.needed - {last} | {new.lower()}
            return
        name, target = (path[-1], last), (path[-1], new.lower())
        if target in self.tables.keys() | self.views:
            raise RefusedError(f"The new name '{new}' is already in use. (15335)")
        if name in self.views:
            self.views[target] = self.views.pop(name)
        else:
            self.tables[target] = self.table(name)
            del self.tables[name]

    def too_long(self, name: Name) -> str | None:
        """A SELECT of the first column of a table whose text is longer than its type, if any."""
        table = self.tables.get(name)
        lengths = {
            column: found[1]
            for column, kind in (table.columns if table else {}).items()
            if (found := SIZED.match(kind)) and found[1] != "max"
        }
        cases = " ".join(
            f"when max({units(column, lengths[column])}) > {length} then '{column}'"
            for column, length in lengths.items()
        )
        return f'select case {cases} end from "{name[0]}"."{name[1]}"' if cases else None


def units(column: str, length: str) -> str:
    """The units of UTF-16 of a column, which cannot be more than its bytes, in DuckDB's SQL."""
    pairs = f"regexp_replace(\"{column}\", '[^\\x{{10000}}-\\x{{10FFFF}}]', '', 'g')"
    whole = f'length("{column}") + length({pairs})'
    return f'case when strlen("{column}") > {length} then {whole} else 0 end'
