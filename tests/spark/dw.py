"""Run commands of the pipeline in this process, so that they share a Java that is warm.

``python -m tests.spark.dw "<command>" ...``: ``dw``'s and ``seeds-oltp``'s, ``models``, which is a
build without its tests, and ``compact``.
"""

import sys

from core.settings import Settings
from pipeline.cli import app
from seeds_oltp.cli import app as seeds
from simulation.warehouse import dbt

DBT = {
    "models": ("build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
    "compact": ("run-operation", "compactar"),
}


def main(*commands: str) -> None:
    """Run the commands, one after the other; an error ends them."""
    settings = Settings()
    for command in commands:
        name, *arguments = command.split()
        if name in DBT:
            dbt(settings, *DBT[name], *arguments)
        else:
            (seeds if name == "seeds-oltp" else app)(arguments, standalone_mode=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
