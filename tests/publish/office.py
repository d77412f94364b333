"""The data folder of a company, as tests look at it and tamper with it."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from core.settings import Settings
from pipeline.dbt import target_path
from published import versions


@dataclass(frozen=True)
class Office:
    """One data folder; nobody else uses it."""

    settings: Settings

    # As if the build came after all: what is in its tables is its own.
    BUILT_SINCE = (
        "update audit.etl_run set started_at = timestamp '2999-01-01' where command = 'build'"
    )

    def folder(self, version: int) -> Path:
        """Where a version lies."""
        return versions.path_of(self.settings.data_dir, version)

    def sql(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements on the warehouse by plain DuckDB; the rows of the last one."""
        with duckdb.connect(str(self.settings.warehouse)) as database:
            return [database.execute(statement).fetchall() for statement in statements][-1]

    def expose(self, *names: str) -> None:
        """Leave only these exposures in dbt's manifest."""
        self.change_artifacts(
            lambda dbt: dbt.update(
                exposures={k: e for k, e in dbt["exposures"].items() if e["name"] in names}
            )
        )

    def change_artifacts(self, change: Any) -> None:
        """Change dbt's manifest of the last build in place."""
        path = target_path(self.settings) / "manifest.json"
        artifacts = json.loads(path.read_bytes())
        change(artifacts)
        path.write_text(json.dumps(artifacts), encoding="utf-8")

    @property
    def current(self) -> int | None:
        return versions.catalogue(self.settings.data_dir).current

    @property
    def kept(self) -> list[int]:
        return versions.catalogue(self.settings.data_dir).kept

    def names(self) -> set[str]:
        """What lies in the folder of the versions, but for what the alerts keep there."""
        names = {path.name for path in versions.folder(self.settings.data_dir).iterdir()}
        return names - {versions.INCIDENTS}

    def assert_whole(self) -> None:
        """Every version that the catalogue names is complete, to the byte, and readable."""
        for version in versions.versions(self.settings.data_dir):
            with versions.connect(version) as database:
                for mart, table in version.manifest.tables.items():
                    for part in table.parts:
                        content = (version.path / part.file).read_bytes()
                        assert hashlib.sha256(content).hexdigest() == part.sha256
                    assert database.table(mart).count("*").fetchall() == [(table.rows,)]

    def publications(self) -> list[tuple[Any, ...]]:
        """Action, version and status of each row of audit.publication, oldest first."""
        return self.sql("select action, version, status from audit.publication order by created_at")
