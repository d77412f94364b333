"""How the loader reaches a server: driver, patience, encryption, and what it says when it fails."""

import struct
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyodbc
import pytest
import sqlalchemy as sa
from dlt.common.data_types import TDataType
from dlt.common.schema import Schema
from dlt.common.schema.utils import new_column, new_table
from dlt.destinations.impl.mssql.mssql import MssqlParquetCopyJob
from pydantic import SecretStr

from core import odbc
from core.engines import sqlserver
from core.errors import ExitCode, UsageError, WarehouseUnreachableError
from core.settings import Settings
from loader.source.databases.base import NoSnapshotError
from loader.source.databases.sqlserver import SQLServer

PASSWORD = "a;se}cret"  # noqa: S105


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None,
        target="sqlserver",
        data_dir=tmp_path,
        sqlserver_host="127.0.0.1",
        sqlserver_port=9,
        sqlserver_password=PASSWORD,
        sqlserver_driver="any",
        connect_seconds=0,
    )


class Refusing:
    """pyodbc.connect that fails as it is told to, then succeeds."""

    def __init__(self, *errors: pyodbc.Error) -> None:
        self.errors, self.attempts = list(errors), 0

    def __call__(self, *_: Any, **__: Any) -> str:
        self.attempts += 1
        if self.errors:
            raise self.errors.pop(0)
        return "connected"


TIMEOUT = pyodbc.OperationalError("HYT00", "[HYT00] Login timeout expired (0)")
WRONG_PASSWORD = pyodbc.InterfaceError("28000", "[28000] Login failed for user 'x'. (18456)")
RECOVERING = pyodbc.InterfaceError(
    "28000", "[28000] Cannot open database. (4060); Login failed for user 'x'. (18456)"
)


def test_encryption_is_on_and_certificates_are_checked_unless_told(settings: Settings) -> None:
    text = sqlserver.connection_string(settings)
    assert "ENCRYPT=yes;TRUSTSERVERCERTIFICATE=no" in text
    assert "PWD={a;se}}cret}" in text
    trusting = settings.model_copy(update={"sqlserver_trust_certificate": True})
    assert "TRUSTSERVERCERTIFICATE=yes" in sqlserver.connection_string(trusting)


def test_bulk_copy_by_another_driver_is_encrypted_alike(settings: Settings) -> None:
    credentials = sqlserver.destination(settings).config_params["credentials"]
    found = MssqlParquetCopyJob.odbc_to_go_mssql_dsn(credentials.get_odbc_dsn_dict())
    assert (found["ENCRYPT"], found["TRUSTSERVERCERTIFICATE"]) == ("true", "false")


def test_dlt_takes_a_path_as_driver_and_names_and_password_as_they_are(settings: Settings) -> None:
    path = "/opt/lib/libmsodbcsql-18.6.so.2.1"
    secret = " {secret "  # noqa: S105
    settings = settings.model_copy(
        update={"sqlserver_driver": path, "sqlserver_password": SecretStr(secret)}
    )
    destination = sqlserver.destination(settings)
    config = destination.configuration(destination.spec()._bind_dataset_name("staging"))
    assert config.credentials.driver == path
    assert config.credentials.database == "DW_ECOMMERCE"
    assert config.credentials.password == secret
    text = sqlserver.connection_string(settings)
    assert f"DRIVER={path};SERVER=127.0.0.1,9;DATABASE={{DW_ECOMMERCE}}" in text
    assert "PWD={ {secret }" in text


def test_columns_are_added_one_at_a_time(settings: Settings) -> None:
    """A server that speaks T-SQL and is not Microsoft's takes no more in one ALTER TABLE."""
    schema = Schema("staging")
    kinds: dict[str, TDataType] = {"points": "bigint", "note": "text"}
    columns = [new_column(name, kind, nullable=True) for name, kind in kinds.items()]
    schema.update_table(new_table("orders", columns=columns))
    destination = sqlserver.destination(settings)
    client = destination.client(schema, destination.spec()._bind_dataset_name("staging"))
    sent = client._get_table_update_sql("orders", columns, generate_alter=True)
    assert [" ".join(statement.split()) for statement in sent] == [
        'ALTER TABLE "staging"."orders" ADD "points" bigint',
        'ALTER TABLE "staging"."orders" ADD "note" nvarchar(max)',
    ]


class Opened:
    """A connection of pyodbc that keeps what it is told."""

    def __init__(self) -> None:
        self.converters: dict[int, Any] = {}
        self.sent: list[str] = []

    def add_output_converter(self, kind: int, converter: Any) -> None:
        self.converters[kind] = converter

    def execute(self, statement: str) -> None:
        self.sent.append(statement)


def test_a_connection_reads_moments_with_an_offset(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As dlt's own does: of SQL Server's types the one that pyodbc does not know."""
    opened = Opened()
    monkeypatch.setattr(pyodbc, "connect", lambda *_, **__: opened)
    assert sqlserver.connect(settings) is opened  # type: ignore[comparison-overlap]
    read = opened.converters[-155]
    sent = struct.pack("<6hI2h", 2025, 1, 31, 23, 59, 59, 123_456_789, -3, 0)
    assert read(sent) == datetime(2025, 2, 1, 2, 59, 59, 123_456, UTC)
    assert opened.sent == [sqlserver.SESSION]


@pytest.mark.parametrize("error", [TIMEOUT, RECOVERING])
def test_a_server_that_starts_is_waited_for(error: pyodbc.Error) -> None:
    connect = Refusing(error, error)
    assert sqlserver.patiently(connect, 10, "server") == "connected"
    assert connect.attempts == 3


def test_a_wrong_password_is_not_tried_again() -> None:
    connect = Refusing(WRONG_PASSWORD)
    with pytest.raises(pyodbc.InterfaceError):
        sqlserver.patiently(connect, 10, "server")
    assert connect.attempts == 1


def test_an_unreachable_server_is_one_line_without_the_password(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pyodbc, "connect", Refusing(TIMEOUT))
    with pytest.raises(WarehouseUnreachableError) as caught:
        sqlserver.connect(settings)
    assert caught.value.exit_code == ExitCode.SOURCE_UNREACHABLE
    assert "Login timeout expired" in str(caught.value)
    assert PASSWORD not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_driver_is_the_one_named_then_the_installed_then_the_packaged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert odbc.driver("mine") == "mine"
    monkeypatch.setattr(pyodbc, "drivers", lambda: [odbc.DRIVER])
    assert odbc.driver() == odbc.DRIVER
    monkeypatch.setattr(pyodbc, "drivers", lambda: [])
    pytest.importorskip("mssql_python_odbc")
    assert Path(odbc.driver()).name.startswith("libmsodbcsql-18")
    monkeypatch.setattr(odbc, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match="DW_SQLSERVER_DRIVER"):
        odbc.driver()


class Rows:
    """A cursor with rows of every type that a warehouse has."""

    description = (
        ("money", Decimal, None, 18, 18, 4, True),
        ("whole", int, None, 19, 19, 0, True),
        ("day_id", int, None, 10, 10, 0, True),
        ("flag", bool, None, 1, 1, 0, True),
        ("day", date, None, 10, 10, 0, True),
        ("moment", datetime, None, 26, 26, 6, True),
        ("text", str, None, 20, 20, 0, True),
    )

    def __init__(self, count: int) -> None:
        self._rows = self._made(count)
        self.asked: list[int] = []

    @staticmethod
    def _made(count: int) -> Iterator[tuple[object, ...]]:
        for i in range(count):
            moment = datetime(2025, 1, 31, 23, 59, 59, 999999)
            yield (Decimal(i) / 10_000, 2**62, 20250131, True, date(2025, 1, 31), moment, "ção")

    def fetchmany(self, size: int) -> list[tuple[object, ...]]:
        self.asked.append(size)
        return [row for _, row in zip(range(size), self._rows, strict=False)]


def test_rows_become_arrow_exactly_and_a_few_at_a_time() -> None:
    cursor = Rows(25_001)
    tables = list(sqlserver.arrow_tables(cursor, 20_000))
    assert [len(table) for table in tables] == [20_000, 5_001]
    assert max(cursor.asked) == sqlserver.FETCH_ROWS
    assert tables[0].schema.types == [
        pa.decimal128(18, 4), pa.int64(), pa.int32(), pa.bool_(), pa.date32(), pa.timestamp("us"),
        pa.string(),
    ]  # fmt: skip
    assert tables[1]["money"][-1].as_py() == Decimal("2.5000")
    assert tables[0]["moment"][0].as_py().replace(tzinfo=UTC).microsecond == 999999


def test_no_rows_are_a_table_with_the_columns() -> None:
    (table,) = sqlserver.arrow_tables(Rows(0), 10)
    assert (len(table), table.num_columns) == (0, 7)


def test_a_source_without_snapshots_says_how_to_allow_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Connection:
        def exec_driver_sql(self, _: str) -> Any:
            return type("Result", (), {"scalar": lambda self: 0})()

        def rollback(self) -> None: ...

        def close(self) -> None: ...

    connection: Any = Connection()
    url = sa.make_url("mssql+pyodbc://server/Shop?driver=none")
    with pytest.raises(NoSnapshotError, match=r"ALTER DATABASE \[Shop\] SET ALLOW_SNAPSHOT"):
        SQLServer(url).begin(connection)
    assert SQLServer(url, consistent=False).begin(connection) is connection
    assert "pyodbc" in sys.modules


class Lacking:
    """A connection to a server that refuses everything."""

    def __init__(self, error: pyodbc.Error) -> None:
        self.error = error

    def execute(self, *_: object) -> None:
        raise self.error

    def close(self) -> None:
        pass


def test_a_server_that_cannot_write_pages_anew_says_who_must(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = "[42000] [Microsoft][ODBC Driver 18][SQL Server]It is not supported. (33557097)"
    lacking = Lacking(pyodbc.ProgrammingError("42000", refusal))
    monkeypatch.setattr(sqlserver, "connect", lambda _: lacking)
    assert "este servidor não reescreve" in sqlserver.SQLServer(settings).forget(["dim.x"])


def test_a_lock_in_the_way_of_pages_is_an_error(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = "[40001] [Microsoft][ODBC Driver 18][SQL Server]It was a deadlock's victim. (1205)"
    monkeypatch.setattr(sqlserver, "connect", lambda _: Lacking(pyodbc.Error("40001", locked)))
    with pytest.raises(pyodbc.Error, match="1205"):
        sqlserver.SQLServer(settings).forget(["dim.x"])
