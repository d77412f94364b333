"""Spark in this process, for a few hundred rows."""

import shutil

import pytest

from tests.conftest import ROOT

SMALL = {
    "DW_SPARK_MEMORY": "1g",
    "DW_SPARK_PARTITIONS": "1",
    "SPARK_CONF_DIR": str(ROOT / "ci" / "spark"),
    "SPARK_LOCAL_IP": "127.0.0.1",
}


def require_spark() -> None:
    """Skip the test where Spark cannot run."""
    pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
    if shutil.which("java") is None:
        pytest.skip("Spark takes Java 17, which is not installed")
