"""The marts as files of a version: written by month, linked where they hold the same, read back."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import structlog
from pyarrow import parquet

from core import files
from core.checkpoints import checkpoint
from core.contents import CONTENT, Contents, differences
from core.contract.personal import kind_of_value
from core.engines import engine
from core.engines.base import DAY, MONTHLY_ROWS, Reader
from core.errors import ExitCode, LoaderError
from core.settings import Settings
from core.warehouse import quoted
from pipeline import files_of
from pipeline.chain import whole
from pipeline.dbt import target_path
from published import versions
from published.versions import Catalogue, Part, Table

SCHEMAS = {"agg", "mart"}
"""Schemas that may be published: they hold no personal data."""
# What a document, an e-mail and a phone number have at least, to be looked at more closely.
_LIKELY = r"@|[0-9][0-9 ().\-/]{6,}[0-9]"

log = structlog.get_logger()


class PublicationRefusedError(LoaderError):
    """This may not be published; readers keep what they have."""

    exit_code = ExitCode.REFUSED


@dataclass(frozen=True)
class Previous:
    """The version before, to link to the files that are to hold the same."""

    path: Path
    tables: dict[str, Table]

    def months(self, mart: str) -> dict[int | None, Part]:
        """The files of a mart."""
        table = self.tables.get(mart)
        return {part.month: part for part in table.parts} if table else {}


def previous(settings: Settings, before: Catalogue) -> Previous:
    """The version that is current."""
    if before.current is None:
        return Previous(versions.folder(settings.data_dir), {})
    version = versions.version(settings.data_dir, before.current)
    return Previous(version.path, version.manifest.tables)


def export(
    settings: Settings,
    artifacts: dict[str, Any],
    folder: Path,
    before: Previous,
    proven: Mapping[str, Contents],
) -> dict[str, Table]:
    """Write each mart that an exposure names to ``folder``; link to files that hold the same.

    What is written is read back and must be what was ``proven`` of its mart. Raises
    PublicationRefusedError when it is not, when there is no mart, or one holds personal data.
    """
    exposed = _exposed(artifacts)
    if not exposed:
        raise PublicationRefusedError("no dbt exposure names a mart; see models/exposures.yml")
    with engine(settings).reader() as warehouse:
        _refuse_personal(artifacts, {mart: warehouse.columns(mart) for mart in exposed})
        return {
            mart: _table(warehouse, mart, folder, before, proven.get(mart, {})) for mart in exposed
        }


def _table(warehouse: Reader, mart: str, folder: Path, before: Previous, proven: Contents) -> Table:
    known, table = before.months(mart), before.tables.get(mart)
    columns = warehouse.columns(mart)
    monthly = DAY in columns and sum(content.rows for content in proven.values()) > MONTHLY_ROWS
    months: dict[int | None, Contents] = {None: proven}
    if monthly:
        months = {month: {month: content} for month, content in proven.items()}
    # Without the version's own columns nothing is known to be the same.
    same = [
        part
        for month, contents in months.items()
        if table
        and (part := known.get(month))
        and list(table.columns) == columns
        and part.fingerprint
        == files_of.fingerprint(warehouse.version, table.columns, whole(contents))
    ]
    with ThreadPoolExecutor() as pool:
        checked = pool.map(lambda part: files_of.is_whole(before.path / part.file, part), same)
        linked = {part.month for part, ok in zip(same, checked, strict=True) if ok}
    parts, types = [], dict(table.columns) if table else {}
    for month, contents in sorted(months.items(), key=lambda item: item[0] or 0):
        if month in linked:
            part = known[month]
            (folder / part.file).hardlink_to(before.path / part.file)
        else:
            part, types = _write(warehouse, mart, folder, month, contents)
        parts.append(part)
    checkpoint("exported", mart)
    log.info(
        "exported", mart=mart, rows=sum(p.rows for p in parts), files=len(parts), linked=len(linked)
    )
    return Table(parts=parts, columns=types)


def _write(
    warehouse: Reader, mart: str, folder: Path, month: int | None, proven: Contents
) -> tuple[Part, dict[str, str]]:
    path = folder / f"{mart}{'' if month is None else f'.{month}'}.parquet"
    warehouse.write(mart, path, month)
    files.sync(path)
    _refuse_people(mart, path)
    _read_back(warehouse, mart, path, proven)
    types = _columns(path)
    part = Part(
        file=path.name,
        month=month,
        rows=parquet.read_metadata(path).num_rows,
        fingerprint=files_of.fingerprint(warehouse.version, types, whole(proven)),
        **files_of.as_file(path).model_dump(),
    )
    return part, types


def _read_back(warehouse: Reader, mart: str, path: Path, proven: Contents) -> None:
    """Raises PublicationRefusedError when a file does not hold what was proven of its mart."""
    found = files_of.read(path, mart)
    measures = None
    if not warehouse.version.startswith("duckdb"):
        # Of another engine's hash and moments a file cannot tell: of its rows and numbers it can.
        measures = {
            name
            for content in (*proven.values(), *found.values())
            for name in content.measures()
            if name != CONTENT
        } & _numbers(path)
    for wrong in differences(proven, found, measures):
        raise PublicationRefusedError(
            f"{path.name} does not hold what {mart} held when it was proven, {wrong.measure} of"
            f" {wrong.month or 'all rows'}: {wrong.expected}, but the file {wrong.found}; run"
            " `dw reconcile`, then `dw publish`; if it stays, the disk is failing"
        )


def _numbers(path: Path) -> set[str]:
    types = _columns(path)
    return {"(linhas)"} | {
        name for name, type_ in types.items() if type_.startswith(("BIGINT", "INT", "DECIMAL"))
    }


def _columns(path: Path) -> dict[str, str]:
    """The columns of a Parquet file, with the types that DuckDB reads them as."""
    with duckdb.connect() as database:
        written = database.read_parquet(str(path))
        return dict(zip(written.columns, map(str, written.types), strict=True))


def artifacts_of(settings: Settings, invocation_id: str) -> dict[str, Any]:
    """dbt's manifest of the build with that id."""
    path = target_path(settings) / "manifest.json"
    try:
        artifacts: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        artifacts = {"metadata": {"invocation_id": None}}
    if artifacts["metadata"]["invocation_id"] != invocation_id:
        raise PublicationRefusedError(f"{path} is not of the last build; run `dw build`")
    return artifacts


def _exposed(artifacts: dict[str, Any]) -> list[str]:
    """The marts that exposures read, by their names in the warehouse."""
    named = {node for e in artifacts["exposures"].values() for node in e["depends_on"]["nodes"]}
    nodes = [node for key, node in artifacts["nodes"].items() if key in named]
    return sorted(f"{n['schema']}.{n['alias']}" for n in nodes if n["schema"] in SCHEMAS)


def _refuse_personal(artifacts: dict[str, Any], exposed: dict[str, list[str]]) -> None:
    """Refuse columns that have the name of one that dbt marks as personal, in any model."""
    personal = {
        column["name"].lower()
        for node in [*artifacts["nodes"].values(), *artifacts["sources"].values()]
        for column in node["columns"].values()
        if column["config"]["meta"].get("pii")
    }
    found = [f"{m}.{c}" for m, columns in exposed.items() for c in columns if c.lower() in personal]
    if found:
        raise PublicationRefusedError(
            f"personal data may not be published: {', '.join(found)}; remove it from the mart"
        )


def _refuse_people(mart: str, path: Path) -> None:
    """Refuse a file whose texts hold what looks like a document, an e-mail or a phone number.

    Of a column of nothing but numbers one in a hundred has a document's check digits by chance:
    there half of them must.
    """
    with duckdb.connect() as database:
        written = database.read_parquet(str(path))
        texts = [n for n, t in zip(written.columns, written.types, strict=True) if t == "VARCHAR"]
        for column in texts:
            name = quoted(column)
            values = written.project(name).distinct()
            count = int(values.count(name).fetchall()[0][0])
            likely = values.filter(f"regexp_matches({name}, '{_LIKELY}')").fetchall()
            kinds = [
                (kind, value.isdigit()) for (value,) in likely if (kind := kind_of_value(value))
            ]
            plain = [kind for kind, digits in kinds if digits]
            said = [kind for kind, digits in kinds if not digits]
            if said or len(plain) * 2 > count:
                path.unlink()
                raise PublicationRefusedError(
                    f"personal data may not be published: {len(said or plain)} texts of"
                    f" {mart}.{column} look like {(said or plain)[0]}; correct them at the source,"
                    " or leave the column out of the mapping or the mart"
                )
