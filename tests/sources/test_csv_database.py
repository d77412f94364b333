"""A SQLite database out of CSV files: nothing lost, nothing guessed, all or nothing."""

import gzip
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from seeds_oltp.csv_database import CsvError, build


def _database(tmp_path: Path, content: str) -> sqlite3.Connection:
    """The database of one CSV file ``t.csv``."""
    folder = tmp_path / "csv"
    folder.mkdir()
    (folder / "t.csv").write_text(content, encoding="utf-8", newline="")
    build(folder, tmp_path / "t.sqlite")
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


@pytest.mark.parametrize("content", ["a,b\n1,2\n3,4,5\n", "a,b\n1,2\n3\n"])
def test_a_broken_file_leaves_the_old_database(tmp_path: Path, content: str) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    database = tmp_path / "t.sqlite"
    build(tmp_path, database)
    before = database.read_bytes()

    (tmp_path / "t.csv").write_text(content, encoding="utf-8")
    with pytest.raises(CsvError, match=r"t\.csv is no CSV file with a header line"):
        build(tmp_path, database)

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
