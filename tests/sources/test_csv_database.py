"""A SQLite database out of CSV files: nothing lost, nothing guessed, all or nothing."""

import gzip
import sqlite3
import subprocess
import sys
from datetime import date
from decimal import Decimal as Exact
from pathlib import Path

import pytest

from dashboards.parts import formats, tables
from dashboards.parts.tables import ShownColumn, ShownTable
from seeds_oltp.csv_database import CsvError, Dates, Decimal, build

pytestmark = pytest.mark.unit


def _database(
    tmp_path: Path, content: str | bytes, dates: Dates | None = None, decimal: Decimal | None = None
) -> sqlite3.Connection:
    """The database of one CSV file ``t.csv``."""
    folder = tmp_path / "csv"
    folder.mkdir()
    encoded = content.encode() if isinstance(content, str) else content
    (folder / "t.csv").write_bytes(encoded)
    build(folder, tmp_path / "t.sqlite", dates=dates, decimal=decimal)
    return sqlite3.connect(tmp_path / "t.sqlite")


@pytest.mark.parametrize(
    ("values", "type_", "stored"),
    [
        (["1", "-20", ""], "INTEGER", [1, -20, None]),
        (["01003", "9790"], "TEXT", ["01003", "9790"]),
        (["+1"], "TEXT", ["+1"]),
        (["1.5", "2", "-0.25"], "DECIMAL(18, 2)", [1.5, 2, -0.25]),
        (["1e5"], "TEXT", ["1e5"]),
        (["12345678901234567.89"], "TEXT", ["12345678901234567.89"]),
        (["2013-02-28", ""], "DATE", ["2013-02-28", None]),
        (["2013-02-30"], "TEXT", ["2013-02-30"]),
        (["2013-02-28 23:59:59"], "TIMESTAMP", ["2013-02-28 23:59:59"]),
        (["2013-02-28T23:59:59-03:00"], "TIMESTAMP", ["2013-02-28T23:59:59-03:00"]),
        (["2013-02-28 23:59:59.5Z"], "TIMESTAMP", ["2013-02-28 23:59:59.5Z"]),
        (["28/02/2013"], "TEXT", ["28/02/2013"]),
        (["'=1+1", "'-x", "'tis"], "TEXT", ["=1+1", "-x", "'tis"]),
        (["2013-02-28", "2013-02-28 23:59:59"], "TEXT", ["2013-02-28", "2013-02-28 23:59:59"]),
        (["True", "False"], "TEXT", ["True", "False"]),
        (["NULL", "NA"], "TEXT", ["NULL", "NA"]),
        (["", ""], "TEXT", [None, None]),
        (["# one", "two"], "TEXT", ["# one", "two"]),
    ],
)
def test_types_are_found_and_declared(
    tmp_path: Path, values: list[str], type_: str, stored: list[object]
) -> None:
    lines = ["v,x", *(f"{value},x" for value in values)]
    database = _database(tmp_path, "\n".join(lines) + "\n")
    declared = {name: type_ for _, name, type_, *_ in database.execute("pragma table_info(t)")}
    assert declared == {"v": type_, "x": "TEXT"}
    assert [value for (value,) in database.execute("select v from t")] == stored


def test_byte_order_mark_quotes_and_line_breaks(tmp_path: Path) -> None:
    database = _database(tmp_path, '\ufeffname,Größe\r\n"a, ""b""\r\nc","1"\r\n')
    rows = database.execute("select * from t")
    assert [column[0] for column in rows.description] == ["name", "Größe"]
    assert rows.fetchall() == [('a, "b"\r\nc', 1)]


def test_compressed_and_plain_files_are_a_table_each(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n", encoding="utf-8")
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(b"y\n1\n2\n"))
    assert build(tmp_path, tmp_path / "new" / "ab.sqlite") == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a,b\n1,2\n3,4,5\n", "line 3: Expected Number of Columns: 2 Found: 3"),
        ("a,b\n1,2\n3\n", "line 3: Expected Number of Columns: 2 Found: 1"),
        ('a,b\n"1,2\n3,Ana\n', "line 2: Value with unterminated quote found."),
    ],
)
def test_a_broken_file_leaves_the_old_database(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    database = tmp_path / "t.sqlite"
    build(tmp_path, database)
    before = database.read_bytes()

    (tmp_path / "t.csv").write_text(content, encoding="utf-8")
    with pytest.raises(CsvError) as raised:
        build(tmp_path, database)
    said = str(raised.value)
    assert said == f"{tmp_path / 't.csv'} is no CSV file with a header line: {reason}"

    assert database.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"t.csv", "t.sqlite"}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (None, "is no folder: give the folder that holds the CSV files"),
        ([], "holds no *.csv or *.csv.gz file"),
        (["t.csv", "t.csv.gz"], "are both table t: remove one"),
    ],
)
def test_a_wrong_folder_is_named_in_one_line(
    tmp_path: Path, files: list[str] | None, message: str
) -> None:
    folder = tmp_path / "csv"
    if files is not None:
        folder.mkdir()
        for file in files:
            (folder / file).touch()
    command = [sys.executable, "-m", "seeds_oltp.csv_database", folder, tmp_path / "t.sqlite"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.rstrip("\n").endswith(message)
    assert done.stderr.count("\n") == 1


EXCEL = 'Produto;Preço;Data\r\nPão;1.234,50;28/02/2013\r\n"Maçã; \nverde";-0,75;01/03/2013\r\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_what_excel_in_brazil_writes(tmp_path: Path, encoding: str) -> None:
    database = _database(tmp_path, EXCEL.encode(encoding), Dates.DAY_FIRST)
    declared = {name: type_ for _, name, type_, *_ in database.execute("pragma table_info(t)")}
    assert declared == {"Produto": "TEXT", "Preço": "DECIMAL(18, 2)", "Data": "DATE"}
    rows = database.execute("select * from t").fetchall()
    assert rows == [("Pão", 1234.5, "2013-02-28"), ("Maçã; \nverde", -0.75, "2013-03-01")]


@pytest.mark.parametrize(
    ("dates", "values", "type_", "stored"),
    [
        (Dates.DAY_FIRST, ["3/4/2025", "28/02/2013"], "DATE", ["2025-04-03", "2013-02-28"]),
        (Dates.MONTH_FIRST, ["3/4/2025"], "DATE", ["2025-03-04"]),
        (Dates.MONTH_FIRST, ["28/02/2013"], "TEXT", ["28/02/2013"]),
        (
            Dates.DAY_FIRST,
            ["03/04/2025 8:05", "03/04/2025 18:05:07"],
            "TIMESTAMP",
            ["2025-04-03 08:05:00", "2025-04-03 18:05:07"],
        ),
        (
            Dates.DAY_FIRST,
            ["03/04/2025", "03/04/2025 23:59"],
            "TIMESTAMP",
            ["2025-04-03 00:00:00", "2025-04-03 23:59:00"],
        ),
        (Dates.DAY_FIRST, ["31/02/2025"], "TEXT", ["31/02/2025"]),
        (Dates.DAY_FIRST, ["03/04/2025 25:00"], "TEXT", ["03/04/2025 25:00"]),
    ],
)
def test_dates_are_of_the_declared_format(
    tmp_path: Path, dates: Dates, values: list[str], type_: str, stored: list[str]
) -> None:
    database = _database(tmp_path, "\n".join(["v", *values]) + "\n", dates)
    (declared,) = [kind for _, _, kind, *_ in database.execute("pragma table_info(t)")]
    assert (declared, [v for (v,) in database.execute("select v from t")]) == (type_, stored)


def test_a_number_that_may_be_two_is_not_guessed(tmp_path: Path) -> None:
    content = "v;x\n1.234;a\n12;b\n"
    with pytest.raises(CsvError, match=r"column v has numbers such as 1\.234, thousands or"):
        _database(tmp_path, content)
    for decimal, first in ((Decimal.COMMA, 1234), (Decimal.POINT, 1.234)):
        folder = tmp_path / decimal.name
        folder.mkdir()
        database = _database(folder, content, decimal=decimal)
        assert [v for (v,) in database.execute("select v from t")] == [first, 12]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"nome,Nome\n1,2\n", "line 1: two columns are called nome; give each"),
        (b"a,,b\n1,2,3\n", "line 1: a column has no name"),
        (b"", "line 1: a column has no name"),
        (b"a\n\x81\xff\n", "is neither UTF-8 nor cp1252 (byte 0x81); save it as CSV UTF-8"),
    ],
)
def test_a_file_that_cannot_be_a_table_is_named(
    tmp_path: Path, content: bytes, message: str
) -> None:
    with pytest.raises(CsvError) as raised:
        _database(tmp_path, content)
    assert message in str(raised.value)


def test_what_the_dashboards_export_is_read_back(tmp_path: Path) -> None:
    exported = ShownTable(
        [
            {"dia": date(2025, 4, 3), "nome": "=Pão", "receita": Exact("1234.5"), "itens": 3},
            {"dia": date(2025, 4, 13), "nome": 'a "b"; c', "receita": Exact("-0.25"), "itens": 10},
        ],
        {
            "dia": ShownColumn("Dia", formats.day),
            "nome": ShownColumn("Produto"),
            "receita": ShownColumn("Receita líquida", formats.money, "dinheiro"),
            "itens": ShownColumn("Itens", formats.integer, "inteiro"),
        },
    )
    database = _database(tmp_path, tables.as_csv(exported), Dates.DAY_FIRST)
    rows = database.execute("select * from t")
    assert [column[0] for column in rows.description] == exported.labels
    assert rows.fetchall() == [
        ("2025-04-03", "=Pão", 1234.5, 3),
        ("2025-04-13", 'a "b"; c', -0.25, 10),
    ]
