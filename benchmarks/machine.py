"""What was measured, when, and on what."""

import math
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

PACKAGES = ("dlt", "dbt-core", "dbt-duckdb", "duckdb", "pyarrow", "pandas", "streamlit")


def now() -> dict[str, Any]:
    """The time, the machine and the versions of what decides the figures."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "measured_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "processors": os.cpu_count(),
            "memory_gib": math.ceil(memory / 2**30),
            # Above the processors others were waiting too: then only processor time compares.
            "load_average": round(os.getloadavg()[1], 1),
            "python": platform.python_version(),
            **{package: version(package) for package in PACKAGES},
        },
    }
