"""The same company on Spark with Iceberg and on DuckDB."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pytest

from core.settings import Settings
from tests.conftest import Pipeline
from tests.spark.small import SMALL, require_spark

ORDERS = 200


@dataclass(frozen=True)
class Twins:
    """A company's warehouse on Spark, and on DuckDB."""

    spark: Pipeline
    embedded: Pipeline

    @contextmanager
    def opened(self) -> Iterator[tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection]]:
        """Both, to read: the embedded one, the lake."""
        from core.engines import spark

        path = str(self.embedded.folder / "dw_ecommerce.duckdb")
        with duckdb.connect(path, read_only=True) as one, spark.lake(self.settings) as other:
            yield one, other

    @property
    def settings(self) -> Settings:
        return Settings(target="spark", data_dir=self.spark.folder)

    def on_spark(self, *commands: str) -> None:
        """Run commands, in one process."""
        self.spark.run(sys.executable, "-m", "tests.spark.dw", *commands)

    def on_duckdb(self, *commands: str) -> None:
        """Run commands of ``dw``."""
        for command in commands:
            self.embedded.run(sys.executable, "-m", "pipeline", command)


@pytest.fixture(scope="session")
def new_twins(
    new_pipeline: Callable[..., Pipeline], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Twins]:
    """Make the warehouses of a company: of a small new one, or of one that DuckDB has."""
    require_spark()

    def make(embedded: Pipeline | None = None) -> Twins:
        if embedded is None:
            embedded = new_pipeline()
            embedded.seed(ORDERS)
        spark = new_pipeline(
            DW_TARGET="spark",
            DW_OLTP_URL=f"sqlite:///{embedded.folder / 'oltp.sqlite'}",
            **SMALL,
        )
        return Twins(spark, embedded)

    return make
