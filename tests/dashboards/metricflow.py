"""MetricFlow over a warehouse: the SQL that it makes of dbt's metrics, with exact results."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
from dbt_metricflow.cli.dbt_connectors.dbt_config_accessor import (
    parse_manifest_from_dbt_generated_manifest,
)
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup


class _DuckDB:
    """What MetricFlow must know of a database to write SQL for it."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()


class MetricFlow:
    """MetricFlow's answers; it writes the SQL, the connection runs it."""

    def __init__(self, semantic_manifest: Path, database: duckdb.DuckDBPyConnection) -> None:
        manifest = parse_manifest_from_dbt_generated_manifest(
            semantic_manifest.read_text(encoding="utf-8")
        )
        self._entities = {m.name: m.entities[0].name for m in manifest.semantic_models}
        self._engine = MetricFlowEngine(SemanticManifestLookup(manifest), _DuckDB())
        self._database = database

    def query(self, metrics: Sequence[str], model: str, by: str) -> duckdb.DuckDBPyRelation:
        """Metrics of a semantic model: over all rows (``total``), by ``mes``, or by a dimension."""
        groups = {"total": [], "mes": ["metric_time__month"]}
        request = MetricFlowQueryRequest.create(
            metric_names=metrics,
            group_by_names=groups.get(by, [f"{self._entities[model]}__{by}"]),
        )
        return self._database.sql(self._engine.explain(request).sql_statement.sql)
