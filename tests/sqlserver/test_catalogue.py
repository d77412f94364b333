"""The stand-in refuses what SQL Server would, by what is there at that moment."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sqlserver.driver import ProgrammingError
from tests.sqlserver.parser import TOOL
from tests.sqlserver.server import CARRIED_OUT, UNCHECKED, Server


@pytest.fixture(scope="module")
def made() -> Server:
    if not TOOL.is_file():
        pytest.skip(f"{TOOL} is not there (DW_SHARED_TOOLS names its folder)")
    server = Server()
    run(server, "create schema [dim]")
    run(server, "create table [dim].[x] (id bigint not null, nome nvarchar(5), obs nvarchar(max))")
    return server


def run(server: Server, batch: str, *values: Any) -> list[Any]:
    return [result.fetchall() for result in server.run(batch, values)]


@pytest.fixture
def server(made: Server) -> Iterator[Server]:
    yield made
    made.database.execute("delete from dim.x")
    made.catalogue.tables["dim", "x"].indexes.clear()


@pytest.mark.parametrize(
    ("batch", "number"),
    [
        ("create unique clustered index i on dim.x (None)", "1911"),
        ("create index i on dim.y (id)", "1088"),
        ("create index i on dim.x (obs)", "1919"),
        ("create index i on dim.x (id); create index i on dim.x (nome)", "1913"),
        (
            "create clustered index i on dim.x (id); create clustered columnstore index j on dim.x",
            "1902",
        ),
        ("insert into dim.x values (1, N'a', null), (1, N'b', null);"
         " create unique index i on dim.x (id)", "1505"),
        ("drop index dim.x.i", "3701"),
        ("grant select on [dim].[y] to [bi_reader]", "15151"),
        ("grant select on [dim].[x] to [nobody]", "15151"),
        ("alter table dim.x alter column [cpf] add masked with (function = 'default()')", "4924"),
        ("exec sp_rename 'dim.y', 'z'", "1088"),
        ("exec sp_configure 'contained database authentication', 1", "2812"),
        ("insert into dim.x (id, nome) values (1, N'🎁🎁🎁')", "2628"),
        ("merge into dim.x as d using (select 1 as id, N'longer' as nome) as s on d.id = s.id"
         " when not matched then insert (id, nome) values (s.id, s.nome);", "2628"),
    ],
)  # fmt: skip
def test_what_the_server_would_refuse_is_refused(server: Server, batch: str, number: str) -> None:
    with pytest.raises(ProgrammingError, match=rf"\({number}\)"):
        run(server, batch)


@pytest.mark.parametrize(
    "batch",
    [
        "insert into dim.x (nome) values (N'a')",
        "insert into dim.x (id, apelido) values (1, N'a')",
        "insert into dim.x (id) values (99999999999999999999)",
        "insert into dim.x (nome) select N'a' where 1 = 0",
        "merge into dim.x as d using (select 1 as id) as s on d.id = s.id"
        " when not matched then insert (nome) values (N'a');",
    ],
)
def test_nulls_unknown_columns_and_overflows_are_refused(server: Server, batch: str) -> None:
    with pytest.raises(ProgrammingError):
        run(server, batch)


def test_what_fits_is_taken(server: Server) -> None:
    run(server, "insert into dim.x values (1, N'🎁🎁a', N'a long text of any length')")
    run(server, "create unique clustered index i on dim.x (id)")
    run(server, "grant select on [dim].[x] to [bi_reader];")
    run(server, "exec sp_rename 'dim.x', 'y'; exec sp_rename 'dim.y', 'x'")
    assert run(server, "select id from dim.x") == [[(1,)]]


def test_a_statement_of_an_unknown_kind_is_refused(server: Server) -> None:
    with pytest.raises(ProgrammingError, match="The stand-in knows no DropRoleStatement"):
        run(server, "drop role bi_reader")


def test_what_is_neither_carried_out_nor_checked_is_named() -> None:
    assert not CARRIED_OUT & UNCHECKED.keys()
    assert set(UNCHECKED) == {
        "BeginTransactionStatement",
        "CommitTransactionStatement",
        "RollbackTransactionStatement",
        "SetTransactionIsolationLevelStatement",
        "PredicateSetStatement",
        "PrintStatement",
        "ThrowStatement",
        "UseStatement",
        "AlterTableRebuildStatement",
    }
