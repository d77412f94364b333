"""A CSV file as it comes, from Excel in Brazil say: its encoding, its delimiter, its columns."""

import codecs
import csv
import gzip
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, cast

DELIMITERS = ",;\t|"
# What programs on Windows write that do not write UTF-8.
WINDOWS = "cp1252"
_BLOCK = 1 << 20


class CsvError(Exception):
    """The folder or one of its files cannot become a database; the message says what to do."""


@dataclass(frozen=True)
class CsvText:
    """A file that DuckDB can read, in UTF-8, and how."""

    path: Path
    delimiter: str
    columns: list[str]


@contextmanager
def opened(file: Path) -> Iterator[CsvText]:
    """The file as UTF-8, a copy where it is in another encoding. Raises CsvError."""
    with TemporaryDirectory() as folder:
        path = file
        encoding = "utf-8-sig" if _is_utf8(file) else WINDOWS
        if encoding == WINDOWS:
            path = Path(folder, "utf8.csv")
            _recode(file, path)
        delimiter, columns = _header(path)
        if wrong := _wrong(columns):
            raise CsvError(f"{file}, line 1: {wrong}; give each column a name of its own")
        yield CsvText(path, delimiter, columns)


def _wrong(columns: list[str]) -> str:
    """What is wrong with the names of the columns, if anything; SQLite takes A and a for one."""
    counts = Counter(name.casefold() for name in columns)
    repeated = [name for name in columns if counts[name.casefold()] > 1]
    if repeated:
        return f"two columns are called {repeated[0]}"
    return "" if columns and all(columns) else "a column has no name"


def _bytes(file: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(file) if file.suffix == ".gz" else file.open("rb"))


def _is_utf8(file: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with _bytes(file) as content:
        try:
            while block := content.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _recode(file: Path, path: Path) -> None:
    try:
        with (
            _bytes(file) as content,
            codecs.getreader(WINDOWS)(content) as reader,
            path.open("w", encoding="utf-8", newline="") as writer,
        ):
            shutil.copyfileobj(reader, writer)
    except UnicodeDecodeError as error:
        raise CsvError(
            f"{file} is neither UTF-8 nor {WINDOWS} (byte {error.object[error.start]:#x}); save it"
            " as CSV UTF-8"
        ) from error


def _header(path: Path) -> tuple[str, list[str]]:
    """The delimiter, which is what the first line has most of, and the names of the columns."""
    with _bytes(path) as content, codecs.getreader("utf-8-sig")(content) as reader:
        lines = iter(reader)
        first = next(lines, "")
        bare = "".join(first.split('"')[::2])
        delimiter = max(DELIMITERS, key=bare.count)
        found = csv.reader(_with(first, lines), delimiter=delimiter)
        return delimiter, next(found, [])


def _with(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest
