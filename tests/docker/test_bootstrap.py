"""What the administrator's commands send to the server, seen by a driver that only records."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyodbc
import pytest
from pydantic import SecretStr

from core import command
from core.engines import sqlserver
from core.errors import ExitCode, LoaderError, UsageError
from core.settings import Settings, read_settings
from docker import backup, bootstrap, server

PASSWORDS = {
    "DW_ADMIN_PASSWORD": "admin-secret",
    "DW_ETL_WRITER_PASSWORD": "writer-secret",
    "DW_BI_READER_PASSWORD": "reader-secret",
    "DW_OLTP_READER_PASSWORD": "source-secret",
}
FIRST_LINE = re.compile(r"-- In .*")


@dataclass
class Recorder:
    """A server that takes every statement; ``refuses`` is a text at which it fails."""

    sent: list[tuple[str, str, tuple[object, ...]]] = field(default_factory=list)
    refuses: str | None = None
    users: set[str] = field(default_factory=set)

    def connect(self, settings: Settings) -> "Session":
        assert settings.sqlserver_password.get_secret_value() == PASSWORDS["DW_ADMIN_PASSWORD"]
        self.users.add(settings.sqlserver_user)
        return Session(self, settings.sqlserver_database)

    def scripts(self) -> list[tuple[str, str]]:
        """Databases and the first lines of the scripts that were run there, in order."""
        return [(d, m[0]) for d, text, _ in self.sent if (m := FIRST_LINE.match(text))]


@dataclass
class Session:
    recorder: Recorder
    database: str

    def execute(self, statement: str, *values: object) -> Any:
        self.recorder.sent.append((self.database, statement, values))
        if self.recorder.refuses and self.recorder.refuses in statement:
            raise pyodbc.ProgrammingError(
                "42000", "[42000] [SQL Server]it is refused\nsecond line (15151)"
            )
        return Cursor()

    def close(self) -> None:
        pass


class Cursor:
    """The result of a batch: two sets of messages, as PRINT gives them."""

    def __init__(self) -> None:
        self._sets = iter([[("[01000] (0)", "[Microsoft][ODBC Driver][SQL Server]second")]])
        self.messages: list[tuple[str, str]] = [("[01000] (0)", "[Microsoft][SQL Server]first")]

    def fetchone(self) -> tuple[None]:
        return (None,)

    def nextset(self) -> bool:
        self.messages = next(self._sets, [])
        return bool(self.messages)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    for name, value in PASSWORDS.items():
        monkeypatch.setenv(name, value)
    recorder = Recorder()
    monkeypatch.setattr(sqlserver, "connect", recorder.connect)
    monkeypatch.setattr(bootstrap, "_sample", lambda _: None)
    yield recorder


def test_bootstrap_goes_from_the_database_to_its_users(recorder: Recorder) -> None:
    bootstrap.bootstrap(read_settings(bootstrap.Bootstrap))
    assert recorder.users == {"sa"}
    order = [(database, line.split(":")[0]) for database, line in recorder.scripts()]
    user = "-- In a database"
    assert order == [
        ("master", "-- In master"),
        ("master", "-- In master"),
        ("master", "-- In master"),
        ("DW_ECOMMERCE", "-- In the warehouse"),
        ("DW_ECOMMERCE", "-- In the warehouse"),
        ("master", "-- In master"),
        ("DW_ECOMMERCE", user),
        ("master", "-- In master"),
        ("DW_ECOMMERCE", user),
        ("master", "-- In master"),
        ("OLTP", "-- In the sample OLTP"),
        ("master", "-- In master"),
        ("OLTP", user),
    ]


def test_values_go_as_parameters_and_passwords_are_never_told(
    recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    bootstrap.bootstrap(read_settings(bootstrap.Bootstrap))
    told = capsys.readouterr()
    values = {value for _, _, parameters in recorder.sent for value in parameters}
    logins = {secret for name, secret in PASSWORDS.items() if name != "DW_ADMIN_PASSWORD"}
    assert logins | {"DW_ECOMMERCE", "OLTP", bootstrap.COLLATION} <= values
    assert {text for _, text, parameters in recorder.sent if parameters} == {
        "exec sp_set_session_context @key = ?, @value = ?"
    }
    for secret in PASSWORDS.values():
        assert secret not in told.out + told.err
        assert all(secret not in text for _, text, _ in recorder.sent)
    assert "master: first\nmaster: second\n" in told.out


def test_no_sample_leaves_the_source_alone(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DW_SAMPLE_ORDERS", "0")
    bootstrap.bootstrap(read_settings(bootstrap.Bootstrap))
    assert {database for database, _, _ in recorder.sent} == {"master", "DW_ECOMMERCE"}
    assert all("OLTP" not in parameters for _, _, parameters in recorder.sent)


def test_a_refusal_is_one_line_that_names_script_and_database(
    recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.refuses = "create role etl_writer"
    with pytest.raises(SystemExit) as ended:
        command.main(lambda: bootstrap.bootstrap(read_settings(bootstrap.Bootstrap)))
    assert ended.value.code == ExitCode.FAILED
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(
        "warehouse.sql in DW_ECOMMERCE: it is refused second line (15151); it needs roles that own"
        " schemas, and rights on schemas. Without that: leave `grants` out of"
        " DW_SQLSERVER_FEATURES (docs/SQLSERVER.md)"
    )


def test_each_script_says_what_it_needs_and_what_to_do_without() -> None:
    remedies = {s.name: server.needs(s.name)[1] for s in server.SCRIPTS.glob("*.sql")}
    assert "leave `masking` out" in remedies.pop("masks.sql")
    for script in ("backup.sql", "restore.sql", "login_audit.sql"):
        assert "by the server's own means" in remedies.pop(script)
    assert all("leave `grants` out" in remedy for remedy in remedies.values())


def test_without_masking_nobody_gets_rights_on_masks(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DW_SQLSERVER_FEATURES", "columnstore,contracts,grants")
    bootstrap.bootstrap(read_settings(bootstrap.Bootstrap))
    assert not any(re.search("mask", text) for _, text, _ in recorder.sent)


def test_without_grants_a_restore_asks_for_no_contained_databases(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DW_SQLSERVER_FEATURES", "none")
    monkeypatch.setenv("DW_SAMPLE_ORDERS", "0")
    backup.restore("before.bak")
    assert not any("sp_configure" in text for _, text, _ in recorder.sent)


def test_without_grants_a_database_is_all_that_is_asked_of_a_server(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DW_SQLSERVER_FEATURES", "none")
    monkeypatch.setenv("DW_SAMPLE_ORDERS", "0")
    monkeypatch.setenv("DW_SQLSERVER_DATABASE", "a]b")
    bootstrap.bootstrap(read_settings(bootstrap.Bootstrap))
    assert recorder.sent == [
        ("master", "select db_id(?)", ("a]b",)),
        ("master", "create database [a]]b]", ()),
    ]
    assert "must be allowed to create schemas" in capsys.readouterr().out


def test_a_server_without_login_audit_is_taken(
    recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.refuses = "create server audit"
    bootstrap.bootstrap(read_settings(bootstrap.Bootstrap))
    assert "no audit of logins: login_audit.sql in master: " in capsys.readouterr().err
    assert recorder.scripts()[-1][0] == "OLTP"


def test_missing_passwords_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DW_ADMIN_PASSWORD", "")
    with pytest.raises(UsageError) as error:
        read_settings(bootstrap.Bootstrap)
    assert [line.split(":")[0] for line in str(error.value).splitlines()] == list(PASSWORDS)


def test_backup_tells_its_file_last(recorder: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    backup.backup()
    file = capsys.readouterr().out.splitlines()[-1]
    assert re.fullmatch(r"DW_ECOMMERCE-\d{8}T\d{6}Z\.bak", file)
    assert [parameters for _, _, parameters in recorder.sent if parameters] == [
        ("database", "DW_ECOMMERCE"),
        ("file", file),
    ]


def test_restore_makes_the_warehouse_usable_again(recorder: Recorder) -> None:
    backup.restore("before.bak")
    texts = [text for _, text, _ in recorder.sent]
    restored = next(i for i, text in enumerate(texts) if "restore database" in text)
    assert any("alter user" in text for text in texts[restored:])


def test_a_failed_restore_makes_nothing_of_it(recorder: Recorder) -> None:
    recorder.refuses = "restore database"
    with pytest.raises(LoaderError, match=r"restore\.sql in master"):
        backup.restore("before.bak")
    assert len(recorder.scripts()) == 2


def test_batches_end_where_sqlcmd_ends_them() -> None:
    script = "select 1;\nGO\n\ngo  \nselect 'go';\n-- go on\nselect 2;\ngo\n"
    assert server.batches(script) == ["select 1;", "select 'go';\n-- go on\nselect 2;"]


def test_the_administrator_is_the_one_that_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DW_ADMIN_USER", "dba")
    monkeypatch.setenv("DW_ADMIN_PASSWORD", "x")
    admin = read_settings(server.Server).admin("somewhere")
    assert (admin.sqlserver_user, admin.sqlserver_database) == ("dba", "somewhere")
    assert admin.sqlserver_password == SecretStr("x")
