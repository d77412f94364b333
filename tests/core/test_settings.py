"""Settings: each is declared once, told everywhere, and a wrong one is named."""

import os
import re
from pathlib import Path

import pytest

from core import environment, settings_docs
from core.environment import ROOT, read_file
from core.errors import UsageError
from core.settings import GROUPS, Settings, read_settings, variable

pytestmark = pytest.mark.unit

# What a build sets for dbt, and the name of a database.
_OWN = Settings.INTERNAL | {"DW_ECOMMERCE"}
_PLACES = [
    "Makefile",
    "env.sh",
    *(
        f"{folder}/**/*"
        for folder in (
            ".github",
            "benchmarks",
            "ci",
            "core",
            "dashboards",
            "dbt_elementary",
            "dbt_project",
            "docker",
            "docs",
            "loader",
            "pipeline",
            "published",
            "seeds_oltp",
            "simulation",
        )
    ),
]
_KINDS = {"", ".example", ".md", ".py", ".sh", ".sql", ".yml"}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No setting in the environment, and an own `.env`; its path."""
    for name in [name for name in os.environ if name.startswith("DW_")]:
        monkeypatch.delenv(name)
    file = tmp_path / ".env"
    monkeypatch.setitem(Settings.model_config, "env_file", file)
    monkeypatch.setattr("core.settings.read_file", lambda: read_file(file))
    return file


def test_every_variable_that_anything_reads_is_declared() -> None:
    known = {variable(name) for name in Settings.model_fields}
    read: dict[str, str] = {}
    for place in _PLACES:
        for path in ROOT.glob(place):
            if path.suffix in _KINDS and path.is_file() and "dbt_packages" not in path.parts:
                text = path.read_text(encoding="utf-8", errors="replace")
                read |= dict.fromkeys(
                    re.findall(r"\bDW_[A-Z]+(?:_[A-Z]+)*\b(?!_)", text), str(path)
                )
    assert len(read) > 40
    assert {name: path for name, path in read.items() if name not in known | _OWN} == {}


def test_every_setting_is_in_a_group_and_says_what_it_is_for() -> None:
    grouped = [name for group in GROUPS for name in group.model_fields]
    assert sorted(grouped) == sorted(Settings.model_fields)
    assert [n for n, field in Settings.model_fields.items() if not field.description] == []


def test_example_and_readme_are_made_from_the_settings() -> None:
    assert settings_docs.EXAMPLE.read_text(encoding="utf-8") == settings_docs.example()
    text = settings_docs.README.read_text(encoding="utf-8")
    assert text == settings_docs.readme(text)


def test_the_portuguese_readme_has_the_same_settings_and_defaults() -> None:
    portuguese = (ROOT / "README.pt-BR.md").read_text(encoding="utf-8")
    _, _, rest = portuguese.partition(settings_docs.BEGIN)
    theirs = rest.partition(settings_docs.END)[0].splitlines()[2:]
    ours = settings_docs.table().splitlines()[2:]
    assert [row.split(" |")[:2] for row in theirs] == [row.split(" |")[:2] for row in ours]


def test_every_line_of_the_example_can_be_used(bare: Path) -> None:
    text = settings_docs.example()
    bare.write_text(re.sub(r"^# (?=DW_\w+=)", "", text, flags=re.MULTILINE), encoding="utf-8")
    settings = read_settings(Settings)
    assert (
        settings.alert_urls.get_secret_value().split()[0] == "slack://tokenA/tokenB/tokenC/#dados"
    )
    assert settings.sqlserver_driver == "ODBC Driver 18 for SQL Server"
    assert settings.duckdb_memory == 3 * 2**30
    assert settings.data_dir == ROOT / ".data"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("DW_TARGTE", "duckdb", "DW_TARGTE is no setting; did you mean DW_TARGET?"),
        ("DW_XYZ", "1", "DW_XYZ is no setting"),
        ("DW_DATA_DIR", "", "DW_DATA_DIR: is empty; name a path"),
        ("DW_DATA_DIR", "/srv/que?", "DW_DATA_DIR: /srv/que? has a ?, which DuckDB"),
        ("DW_USERS_FILE", " ", "DW_USERS_FILE: is empty; name a path"),
        ("DW_DATA_DIR", "~nobody-of-that-name/x", "DW_DATA_DIR: begins with ~"),
        ("DW_DUCKDB_MEMORY", "3,5GiB", "DW_DUCKDB_MEMORY: is no amount of memory such as"),
        ("DW_DUCKDB_MEMORY", "3", "DW_DUCKDB_MEMORY: is too little"),
        ("DW_SPARK_MEMORY", "1,5g", "DW_SPARK_MEMORY: is no amount of memory such as 2g"),
        ("DW_MAX_MISSING_PERCENT", "2,5", "DW_MAX_MISSING_PERCENT: "),
        ("DW_SPARK_METHOD", "trift", "DW_SPARK_METHOD: "),
    ],
)
@pytest.mark.parametrize("place", ["environment", "file"])
def test_a_wrong_setting_is_named_wherever_it_stands(
    bare: Path, monkeypatch: pytest.MonkeyPatch, place: str, name: str, value: str, message: str
) -> None:
    if place == "environment":
        monkeypatch.setenv(name, value)
    else:
        bare.write_text(f"{name}={value}\n", encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        read_settings(Settings)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "value"),
    [("3.5GiB", 3.5 * 2**30), ("512MiB", 2**29), (" 2 gb ", 2e9), ("3221225472", 3 * 2**30)],
)
def test_an_amount_of_memory_is_understood_whole(
    monkeypatch: pytest.MonkeyPatch, text: str, value: float
) -> None:
    monkeypatch.setenv("DW_DUCKDB_MEMORY", text)
    assert read_settings(Settings).duckdb_memory == value


def test_a_home_folder_is_one_in_the_file_too(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ana")
    bare.write_text("DW_DATA_DIR=~/dw\n", encoding="utf-8")
    assert read_settings(Settings).data_dir == Path("/home/ana/dw")


def test_the_environment_comes_before_the_file(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare.write_text("DW_SOURCE=olist\nDW_CUTOFF_MINUTES=5\n", encoding="utf-8")
    monkeypatch.setenv("DW_SOURCE", "adventureworks")
    settings = read_settings(Settings)
    assert (settings.source, settings.cutoff_minutes) == ("adventureworks", 5)


# As `.env` has it, and as all readers must take it.
ODD = [
    ("DW_SQLSERVER_PASSWORD=a$HOME${HOME}b", "a$HOME${HOME}b"),
    ("DW_SQLSERVER_PASSWORD=$(touch bad)`touch bad`", "$(touch bad)`touch bad`"),
    ("DW_SQLSERVER_PASSWORD = com espaço ", "com espaço"),
    ("export DW_SQLSERVER_PASSWORD=it's", "it's"),
    ("DW_SQLSERVER_PASSWORD='a b # c'  # a note", "a b # c"),
    ("DW_SQLSERVER_PASSWORD=a#b\\n%?!&;|<>*", "a#b\\n%?!&;|<>*"),
]


@pytest.mark.parametrize(("line", "value"), ODD)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_value_is_what_is_written(
    bare: Path, line: str, value: str, ending: str, mark: str
) -> None:
    bare.write_bytes(f"{mark}# note{ending}{line}{ending}".encode())
    assert read_settings(Settings).sqlserver_password.get_secret_value() == value


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"DW_SOURCE=oltp\nDW_TARGET\n", "line 2: is no NAME=value"),
        (b"\n\n'DW_TARGET=duckdb\n", "line 3: is no NAME=value"),
        (b"DW_A$(touch bad)=1\n", "line 1: is no NAME=value"),
        (b"DW_SOURCE=cora\xe7\xe3o\n", "is not in UTF-8: save it as UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_line(
    bare: Path, content: bytes, message: str
) -> None:
    bare.write_bytes(content)
    with pytest.raises(UsageError, match=re.escape(message)):
        environment.read_file(bare)


def test_what_is_not_ours_goes_where_its_readers_look(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "of the environment")
    monkeypatch.delenv("OPENLINEAGE_URL", raising=False)
    bare.write_text(
        "OPENLINEAGE_URL=http://a\nOPENLINEAGE_API_KEY=b\nDW_SOURCE=olist\n", encoding="utf-8"
    )
    read_settings(Settings)
    assert os.environ.pop("OPENLINEAGE_URL") == "http://a"
    assert os.environ["OPENLINEAGE_API_KEY"] == "of the environment"
    assert "DW_SOURCE" not in os.environ
