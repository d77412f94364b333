"""pyodbc's interface, before the stand-in for a server."""

import re
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from tests.sqlserver.server import Server

KINDS: dict[str, type] = {
    "VARCHAR": str,
    "BOOLEAN": bool,
    "DATE": date,
    "TIMESTAMP": datetime,
    "TIMESTAMP WITH TIME ZONE": datetime,
    "DOUBLE": float,
}


class Error(Exception):
    """pyodbc's."""


class ProgrammingError(Error):
    """pyodbc's."""

    seen: ClassVar[list[str]] = []

    def __init__(self, state: str, message: str) -> None:
        super().__init__(state, message)
        self.seen.append(message)


class Cursor:
    """pyodbc's."""

    arraysize = 1

    def __init__(self, server: "Server", connection: "Connection") -> None:
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

    def __init__(self, server: "Server", autocommit: bool) -> None:
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
    return [(name, *described_type(str(kind))) for name, kind, *_ in result.description]


def described_type(kind: str) -> tuple[Any, ...]:
    """Python type, sizes, precision, scale and nullability of a column."""
    if found := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", kind):
        return Decimal, None, 0, int(found[1]), int(found[2]), True
    if kind in ("BIGINT", "UBIGINT"):
        return int, None, 0, 19, 0, True
    if kind == "HUGEINT":
        return Decimal, None, 0, 38, 0, True
    return KINDS.get(kind, int), None, 0, 10, 0, True


def install(server: "Server") -> None:
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
