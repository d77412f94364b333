"""The same models built by SQLMesh, which reads dbt projects: in an environment of its own.

Its packages do not resolve beside the pinned ones, and it needs DuckDB 1.5: version 2 refuses a
statement while another one's result is not read to its end. So it gets what has landed in a file
that version 1.5 reads, and a copy of the project, where it keeps its configuration and cache.
"""

import shutil
from pathlib import Path

import duckdb

from benchmarks.company import WAREHOUSE
from benchmarks.process import Spent, measured
from core.settings import ROOT
from pipeline.dbt import PROJECT

COMMAND = ROOT / ".venv" / "sqlmesh" / "bin" / "sqlmesh"
# Tables and not views of them; the rest is what `sqlmesh init -t dbt` proposes.
_CONFIGURATION = """
virtual_environment_mode: dev_only
model_defaults:
  start: 2023-01-01
"""


def build(landed: Path, data: Path) -> Spent:
    """Build and audit all models from what has landed, into an empty data folder."""
    _copy(landed / WAREHOUSE, data / WAREHOUSE)
    project = data / PROJECT.name
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    (project / "sqlmesh.yaml").write_text(_CONFIGURATION, encoding="utf-8")
    environment = {
        "DW_DATA_DIR": str(data),
        "DBT_PROJECT_DIR": str(project),
        "DBT_PROFILES_DIR": str(project),
        "SQLMESH__DISABLE_ANONYMIZED_ANALYTICS": "true",
    }
    return measured([COMMAND, "plan", "--auto-apply", "--no-prompts"], environment, project)


def _copy(warehouse: Path, target: Path) -> None:
    """Copy a warehouse into a file of DuckDB's first format."""
    with duckdb.connect() as database:
        database.execute("attach $path as landed (read_only)", {"path": str(warehouse)})
        database.execute("attach $path as old (storage_version 'v1.0.0')", {"path": str(target)})
        database.execute("copy from database landed to old")
