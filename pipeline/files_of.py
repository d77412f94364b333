"""The files of a version against what was published: their bytes, and what they hold."""

import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import duckdb
from pyarrow import parquet

from core.contents import CONTENT, NO_MONTH, ROWS, Content, Contents, Difference, differences
from core.contents_sql import of_duckdb
from core.errors import LoaderError
from core.settings import Settings
from pipeline.chain import mismatch, whole
from published import versions
from published.versions import File, Mismatch, Part, Published

STEP = "marts → files"


def fingerprint(engine: str, columns: Mapping[str, str], content: Content) -> str:
    """What a file holds, in one text: another one says that columns or rows are others."""
    told = (engine, sorted(columns.items()), content.rows, content.hash)
    return sha256(repr(told).encode()).hexdigest()


def as_file(path: Path) -> File:
    """The size and the checksum of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return File(bytes=path.stat().st_size, sha256=digest)


def is_whole(path: Path, file: File) -> bool:
    """Whether a file of a version is what was published, and holds as many rows."""
    if not path.exists() or as_file(path).sha256 != file.sha256:
        return False
    return not isinstance(file, Part) or parquet.read_metadata(path).num_rows == file.rows


def not_whole(version: Published) -> list[str]:
    """The names of the files of a version that are not what was published."""
    parts: dict[str, File] = {
        part.file: part for table in version.manifest.tables.values() for part in table.parts
    }
    known = {**parts, **version.manifest.files}
    with ThreadPoolExecutor() as pool:
        right = pool.map(lambda name: is_whole(version.path / name, known[name]), known)
        return [name for name, ok in zip(known, right, strict=True) if not ok]


def damaged(settings: Settings, there: Mapping[str, Contents], engine: str) -> list[Mismatch]:
    """What readers read now and was not published like that."""
    if versions.catalogue(settings.data_dir).current is None:
        return []
    try:
        version = versions.current(settings.data_dir)
    except LoaderError:
        folder = versions.folder(settings.data_dir)
        return [_unlike(f"published {folder.name}", folder, Decimal(1), Decimal(0))]
    found: list[Mismatch] = []
    stamp = versions.catalogue(settings.data_dir).manifests.get(version.version)
    manifest = version.path / versions.MANIFEST
    if stamp is not None and as_file(manifest).sha256 != stamp:
        found.append(_unlike(f"published {manifest.name}", manifest, Decimal(0), Decimal(1)))
    for name in not_whole(version):
        found += _differences(version, name, there, engine)
    return found


def _differences(
    version: Published, name: str, there: Mapping[str, Contents], engine: str
) -> Iterator[Mismatch]:
    """How a damaged file differs from its mart, if the mart is still as it was published."""
    path = version.path / name
    for mart, table in version.manifest.tables.items():
        for part in (part for part in table.parts if part.file == name):
            wrong = [Difference(part.month or NO_MONTH, CONTENT, Decimal(0), Decimal(1))]
            expected = of_part(there.get(mart, {}), part.month)
            is_as_before = part.fingerprint == fingerprint(engine, table.columns, whole(expected))
            if is_as_before and path.exists():
                try:
                    wrong = differences(expected, read(path, mart)) or wrong
                except duckdb.Error:
                    wrong = [
                        Difference(part.month or NO_MONTH, ROWS, Decimal(part.rows), Decimal(0))
                    ]
            for difference in wrong:
                yield mismatch(STEP, f"published {mart}", difference, _checksum(path))
            return
    yield _unlike(f"published {name}", path, Decimal(0), Decimal(1))


def of_part(contents: Contents, month: int | None) -> Contents:
    """What of a mart belongs in a file: a month of it, or all."""
    if month is None:
        return contents
    return {m: content for m, content in contents.items() if m == month}


def read(path: Path, mart: str) -> Contents:
    """What a file of a mart holds. Raises duckdb.Error when it cannot be read."""
    with duckdb.connect() as database:
        schema, name = mart.split(".")
        database.execute(f"create schema if not exists {schema}")
        database.execute(f"use {schema}")
        relation = database.read_parquet(str(path))
        relation.create_view(name)
        types = dict(zip(relation.columns, map(str, relation.types), strict=True))
        return of_duckdb(database, mart, types)


def _unlike(table: str, path: Path, expected: Decimal, found: Decimal) -> Mismatch:
    return mismatch(STEP, table, Difference(NO_MONTH, CONTENT, expected, found), _checksum(path))


def _checksum(path: Path) -> str:
    return f"sha256sum '{path}'"
