"""What readers read: the published versions, of which one is current.

``<data_dir>/published/v<N>/`` holds the marts as Parquet, big ones in a file per month,
``metrics.json`` with the definitions of all metrics, and ``manifest.json``;
``<data_dir>/published/current.json``, the catalogue, names the current version and those that are
kept. A folder that the catalogue does not name is no version.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import duckdb
from pydantic import BaseModel, ValidationError, model_validator

from core.errors import LoaderError

Content = TypeVar("Content", bound=BaseModel)

CATALOGUE = "current.json"
MANIFEST = "manifest.json"
METRICS = "metrics.json"
INCIDENTS = "incidents.json"
VERDICT = "reconciliation.json"


class NothingPublishedError(LoaderError):
    """There is no version to read yet."""


class Mismatch(BaseModel):
    """One sum that should be equal and is not."""

    step: str
    entity: str
    """The table that is wrong."""
    month: str
    """As 202512; empty for rows without one."""
    measure: str
    expected: Decimal
    found: Decimal
    query: str
    """What to run on the warehouse to look at it."""


class LeftOut(BaseModel):
    """Rows of staging that are in no fact, for one reason."""

    entity: str
    reason: str
    rows: int
    amount: Decimal
    """Their net amount."""


class Proof(BaseModel):
    """What a reconciliation has compared, how closely, and how old the figures are that it took."""

    tables: int
    first_month: int | None
    """As 202512; none before anything is sold."""
    last_month: int | None
    months: int
    """Table and month, each counted: all are hashed and added up, from what is there now."""
    compared: int
    """Those of them that no seal answers for: their rows and special sums were compared too."""
    sealed_at: datetime | None
    """The oldest seal that answers for the others (UTC)."""
    source_at: datetime | None
    """When the source was added up, in the snapshot that a load has read (UTC)."""
    source_since: str
    """The first month of it, as 2025-12; empty: all."""
    whole: bool
    """Whether every month was compared as closely as can be, whatever its seal says."""
    left_out: list[LeftOut] = []


class Reconciliation(BaseModel):
    """The verdict of a reconciliation, ``<data_dir>/reconciliation.json``: for people to read."""

    ok: bool
    load_id: str
    """Empty before the first load."""
    invocation_id: str
    """dbt's, of the build whose marts were compared; empty before the first."""
    cycle_id: str | None = None
    """Of the daily run that it is part of."""
    judged_at: datetime | None = None
    """UTC, without a time zone."""
    whole_at: datetime | None = None
    """When every month was last compared as closely as can be."""
    mismatches: list[Mismatch] = []
    repaired: list[Mismatch] = []
    """What differed, and was made anew from what is right."""
    proof: Proof | None = None


class OpenIncident(BaseModel):
    """Something that is wrong now."""

    rule: str
    """A value of :class:`published.incidents.Rule`."""
    job: str
    """The step, entity or day that it is about."""
    since: datetime
    """UTC, without a time zone."""


class OpenIncidents(BaseModel):
    """What the newest check of the alerts left open: ``incidents.json``, beside the versions."""

    checked_at: datetime
    """UTC, without a time zone."""
    incidents: list[OpenIncident] = []


class File(BaseModel):
    """A file of a version."""

    bytes: int
    sha256: str


class Part(File):
    """A Parquet file of a mart in a version."""

    file: str
    month: int | None
    """Of all its rows, as 202512; none when all of the mart is in it."""
    rows: int
    fingerprint: str
    """Another one says that columns or rows are others."""


class Table(BaseModel):
    """One mart in a version."""

    parts: list[Part]
    columns: dict[str, str]
    """DuckDB's type of each column."""

    @model_validator(mode="before")
    @classmethod
    def _of_one_file(cls, found: dict[str, Any]) -> dict[str, Any]:
        # As versions were published before they had parts.
        if "file" in found:
            part = {**found, "month": None, "fingerprint": ""}
            return {"parts": [part], "columns": found["columns"]}
        return found

    @property
    def rows(self) -> int:
        """Rows of all parts."""
        return sum(part.rows for part in self.parts)

    @property
    def bytes(self) -> int:
        """Bytes of all parts."""
        return sum(part.bytes for part in self.parts)


class Manifest(BaseModel):
    """What a version holds, where it comes from, and what was checked before."""

    version: int
    created_at: datetime
    """UTC."""
    run_id: str
    cycle_id: str | None = None
    """Of the daily run that published it, whose load and build have the same; none if by hand."""
    git_commit: str | None
    invocation_id: str
    load_id: str
    seconds: Decimal
    """How long the export took."""
    tests_passed: int
    reconciliation: Reconciliation
    tables: dict[str, Table]
    """By their names in the warehouse, such as ``mart.dash_vendas``."""
    files: dict[str, File] = {}
    """What is no mart, by its name in the folder; none before metrics were published."""

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables.values())

    @property
    def bytes(self) -> int:
        """Bytes of all tables."""
        return sum(table.bytes for table in self.tables.values())


class Catalogue(BaseModel):
    """Which version is current, and which are kept, oldest first; empty before the first."""

    current: int | None = None
    kept: list[int] = []
    manifests: dict[int, str] = {}
    """The SHA-256 of the manifest of each version; none of those published before it was kept."""


@dataclass(frozen=True)
class Published:
    """One version."""

    version: int
    path: Path
    manifest: Manifest

    @property
    def data_dir(self) -> Path:
        """The data folder that it is published in."""
        return self.path.parent.parent


def folder(data_dir: Path) -> Path:
    """Where the versions are."""
    return data_dir / "published"


def path_of(data_dir: Path, version: int) -> Path:
    """The folder of one version."""
    return folder(data_dir) / f"v{version}"


def catalogue(data_dir: Path) -> Catalogue:
    """The catalogue; an empty one when nothing has been published."""
    return read(folder(data_dir) / CATALOGUE, Catalogue) or Catalogue()


def current(data_dir: Path) -> Published:
    """The version that readers should read. Raises NothingPublishedError when there is none."""
    number = catalogue(data_dir).current
    if number is None:
        raise NothingPublishedError(
            f"nothing has been published in {folder(data_dir)} yet; run `dw publish`"
        )
    return version(data_dir, number)


def stamp(data_dir: Path) -> tuple[int, int] | None:
    """What changes whenever another version becomes current; none before the first."""
    try:
        found = (folder(data_dir) / CATALOGUE).stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def versions(data_dir: Path) -> list[Published]:
    """The versions that are kept, oldest first."""
    return [version(data_dir, number) for number in catalogue(data_dir).kept]


def version(data_dir: Path, number: int) -> Published:
    """One version that the catalogue names. Raises LoaderError when its folder is gone."""
    path = path_of(data_dir, number)
    manifest = read(path / MANIFEST, Manifest)
    if manifest is None:
        raise LoaderError(f"{path} is gone; run `dw publish` for a new version")
    return Published(number, path, manifest)


def open_incidents(data_dir: Path) -> list[OpenIncident]:
    """What is wrong now, as far as the newest check of the alerts knows."""
    found = read(folder(data_dir) / INCIDENTS, OpenIncidents)
    return found.incidents if found else []


def connect(published: Published) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB with a version's marts by their names in the warehouse."""
    database = duckdb.connect()
    for mart, table in published.manifest.tables.items():
        schema, name = mart.split(".")
        database.execute(f"create schema if not exists {schema}")
        database.execute(f"use {schema}")
        files = [str(published.path / part.file) for part in table.parts]
        database.read_parquet(files).create_view(name)
    database.execute("use main")
    return database


def read(path: Path, kind: type[Content]) -> Content | None:
    """The content of a JSON file; none when it does not exist. Raises LoaderError."""
    try:
        return kind.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise LoaderError(f"{path} is damaged; move it away and try again") from error
