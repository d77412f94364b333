"""What the data folder's files hold of people beside the warehouse: logs, artifacts, packages."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb

from core.errors import LoaderError
from core.files import sync
from core.pending import FOLDER
from core.settings import Settings
from core.warehouse import quoted

_INSTEAD = b"[anonimizado]"
_CHUNK = 1 << 20
# Of logs, dbt's artifacts and reports; what else lies there is not ours to change.
_TEXTS = {".jsonl", ".json", ".log", ".md", ".sql", ".txt"}


def remove_packages(settings: Settings) -> None:
    """Remove packages of rows that the warehouse refused; the next load reads them again."""
    folder = settings.data_dir / FOLDER
    if folder.exists():
        shutil.rmtree(folder)


def remove(settings: Settings, texts: list[str]) -> int:
    """Take texts of people out of plain files; how many files quoted them."""
    forms = _forms(texts)
    changed = 0
    for path in _plain(settings):
        content = before = path.read_bytes()
        for form in forms:
            content = content.replace(form, _INSTEAD)
        if content != before:
            incoming = path.with_name(f".{path.name}.incoming")
            incoming.write_bytes(content)
            sync(incoming)
            incoming.replace(path)
            changed += 1
    return changed


def assert_none(settings: Settings, texts: list[str]) -> int:
    """The number of files that were searched for people without finding them.

    Raises LoaderError that names the files where something was found.
    """
    forms = _forms(texts)
    searched, found = 0, []
    for path in _ours(settings):
        searched += 1
        holds = _in_table(path, texts) if path.suffix == ".parquet" else _in_bytes(path, forms)
        if holds:
            found.append(str(path.relative_to(settings.data_dir)))
    if found:
        raise LoaderError(
            f"something of them is left in {', '.join(sorted(found))}; run `dw erase` again, and"
            " remove what it names if it stays"
        )
    return searched


def _forms(texts: list[str]) -> list[bytes]:
    """How texts may be written: as they are, and escaped in JSON."""
    forms = {text.encode() for text in texts}
    forms |= {json.dumps(text)[1:-1].encode() for text in texts}
    return sorted(forms, key=len, reverse=True)


def _ours(settings: Settings) -> Iterator[Path]:
    """The files of the data folder; the source's own database may lie in it too."""
    source = settings.oltp_url.get_secret_value().partition(":///")[2].partition("?")[0]
    for path in sorted(settings.data_dir.rglob("*")):
        own = source and str(path).startswith(str(Path(source).absolute()))
        if path.is_file() and not path.is_symlink() and not own:
            yield path


def _plain(settings: Settings) -> Iterator[Path]:
    """Those that are text of ours, to be changed in place."""
    for path in _ours(settings):
        folder = path.relative_to(settings.data_dir).parts[0]
        if path.suffix in _TEXTS and folder != "published":
            yield path


def _in_bytes(path: Path, forms: list[bytes]) -> bool:
    longest = max((len(form) for form in forms), default=0)
    tail = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            window = tail + chunk
            if any(form in window for form in forms):
                return True
            tail = window[-longest:]
    return False


def _in_table(path: Path, texts: list[str]) -> bool:
    """Whether a text stands in a value of a Parquet file, which is compressed."""
    with duckdb.connect() as database:
        relation = database.read_parquet(str(path))
        columns = [
            name
            for name, kind in zip(relation.columns, relation.types, strict=True)
            if str(kind) == "VARCHAR"
        ]
        for column in columns:
            found = database.execute(
                f"select 1 from read_parquet(?) where list_any_value(list_filter(?::varchar[],"  # noqa: S608
                f" lambda t: contains({quoted(column)}, t))) is not null limit 1",
                [str(path), texts],
            ).fetchall()
            if found:
                return True
    return False
