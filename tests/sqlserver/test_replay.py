"""Each statement that a first day, a second day and publication sent, by Microsoft's binders.

Names of tables, views and columns, also in indexes, hooks, conditions and MERGE, are bound to the
catalogue as it stood when the statement was sent; rows' NULLs and lengths the stand-in has checked.

Not bound: statements on the server's own views (named below); TRUNCATE, GRANT, DENY, REVOKE and
masks, whose names the stand-in checks; the nullability of what SELECT INTO makes; types, which
nobody checks but ci.column_types.
"""

import re
from pathlib import Path

import pytest

from docker.server import SCRIPTS, batches
from tests.sqlserver import replay
from tests.sqlserver.conftest import LOG, Recorded
from tests.sqlserver.parser import TOOL, load
from tests.sqlserver.replay import Sent

# What the binders, which are of 2019 and older, say against what the server takes.
MISTAKEN = {
    "Invalid collation 'Latin1_General_100_BIN2_UTF8'.": "collate",
    "Cannot specify included columns for a clustered index.": "create clustered columnstore index",
    "[SQL46029] Unexpected end of file occurred.": "add masked with",
}
SERVERS_OWN = {
    "information_schema.columns", "information_schema.schemata",
    "information_schema.table_privileges", "information_schema.tables", "sys.columns",
    "sys.dm_exec_describe_first_result_set", "sys.extended_properties", "sys.index_columns",
    "sys.indexes", "sys.masked_columns", "sys.objects", "sys.schemas",
    "sys.sql_expression_dependencies", "sys.types",
}  # fmt: skip
# As Microsoft's documentation has them.
DOCUMENTED = {
    "configurations": ("name", "value_in_use"),
    "database_principals": ("name", "sid"),
    "database_role_members": ("role_principal_id", "member_principal_id"),
    "databases": (
        "name", "collation_name", "is_read_committed_snapshot_on", "snapshot_isolation_state",
        "recovery_model_desc",
    ),
    "schemas": ("name", "principal_id"),
    "server_audit_specifications": ("name",),
    "server_audits": ("name", "is_state_enabled"),
    "sql_logins": ("name", "sid", "password_hash"),
}  # fmt: skip
X = "create table [dim].[x] ([id] bigint not null, [nome] nvarchar(5) null)"


def against(*sent: Sent) -> list[str]:
    """What the binders say against statements."""
    tool = load()
    return [m for s in replay.scripts(sent) for m, _ in replay.findings(tool, s)]


@pytest.fixture(scope="module", autouse=True)
def tool() -> None:
    if not TOOL.is_file():
        pytest.skip(f"{TOOL} is not there (DW_SHARED_TOOLS names its folder)")


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("create unique index i on dim.x (None)", "'None'"),
        ("insert into dim.x (id, apelido) values (1, N'a')", "'apelido'"),
        (
            "merge into dim.x as d using (select 1 as id) as s on d.id = s.id"
            " when matched then update set apelido = N'a';",
            "'apelido'",
        ),
        ("if exists (select 1 from dim.y) select 1 as x", "'dim.y'"),
        ("create view dim.v as select coalesce(apelido, nome) as n from dim.x", "apelido"),
        ("create view dim.v as select sum(id) over (order by apelido) as n from dim.x", "apelido"),
    ],
)
def test_an_unknown_name_is_found(statement: str, message: str) -> None:
    assert any(message in found for found in against(Sent(statement, {"dim.x": X})))


def test_a_table_is_what_it_is_when_a_statement_is_sent() -> None:
    wider = X.removesuffix(")") + ", [apelido] nvarchar(5) null)"
    before = Sent("select apelido from dim.x", {"dim.x": X})
    after = Sent("select apelido from dim.x", {"dim.x": wider})
    assert against(before, after) == ["Invalid column name 'apelido'."]
    assert against(after) == []


@pytest.mark.slow
def test_all_that_is_sent_binds_to_the_catalogue_of_its_moment(server: Recorded) -> None:
    sent = replay.read(server.pipeline.folder / f"{LOG}.sent")
    kinds = {item.statement.split()[0].lower() for item in sent}
    assert kinds >= {"create", "insert", "merge", "delete", "select", "truncate", "grant", "drop"}
    scripts = list(replay.scripts(sent))
    assert sum(map(len, scripts)) > 1000
    wrong, mistaken = [], set()
    checker = load()
    for script in scripts:
        for message, batch in replay.findings(checker, script):
            if message in MISTAKEN and MISTAKEN[message] in " ".join(batch.lower().split()):
                mistaken.add(message)
            else:
                wrong.append(f"{message} in:\n{batch}")
    assert wrong == []
    assert mistaken == MISTAKEN.keys()


@pytest.mark.slow
def test_what_is_not_bound_is_named(server: Recorded) -> None:
    sent = replay.read(server.pipeline.folder / f"{LOG}.sent")
    found = {m[0].lower() for item in sent for m in replay.SYSTEM.finditer(item.statement)}
    assert {re.sub(r'["\[\]\s]', "", name) for name in found} == SERVERS_OWN


@pytest.mark.slow
def test_what_the_server_refused_is_what_dlt_asks_before_its_tables_are_there(
    server: Recorded,
) -> None:
    refused = (server.pipeline.folder / f"{LOG}.errors").read_text(encoding="utf-8")
    for message in refused.split("\n;;;\n"):
        assert re.match(r'Catalog Error: Table with name \S*_dlt_\w+"? does not exist', message)


def test_the_scripts_of_the_bootstrap_bind_to_the_servers_own_views() -> None:
    tool = load()
    system = [
        f"create table [sys].[{name}] ({', '.join(f'[{c}] sql_variant' for c in columns)})"
        for name, columns in DOCUMENTED.items()
    ]
    sources = [tool.Source("system", text) for text in (*system, "create schema core")]
    for script in sorted(SCRIPTS.glob("*.sql")):
        parts = batches(Path(script).read_text(encoding="utf-8"))
        sources += [tool.Source(script.name, part) for part in parts]
    tool.bind(sources)
    assert [str(f) for source in sources for f in source.findings if not f.warning] == []
