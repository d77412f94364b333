"""dbt on our project, in this process."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from core.audit import cycle_id
from core.engines import engine, profile
from core.settings import ROOT, Settings

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt_common.events.base_types import EventMsg

PROJECT = ROOT / "dbt_project"


def target_path(settings: Settings) -> Path:
    """The folder of dbt's artifacts, ``manifest.json`` among them: one per warehouse."""
    return settings.data_dir / "dbt"


def invoke(
    settings: Settings,
    *command: str,
    callbacks: "Sequence[Callable[[EventMsg], None]]" = (),
    **variables: str,
) -> "dbtRunnerResult":
    """Run dbt on the project in this process; only ``callbacks`` are told of its events.

    Of ``variables`` of the environment macros read DW_TESTED_LOAD, the newest load whose rows tests
    pass over, and DW_REBUILD, the months to make again.
    """
    # It takes seconds to import, which only builds need.
    from dbt.cli.main import dbtRunner

    folders = {
        "--project-dir": PROJECT,
        "--profiles-dir": PROJECT,
        "--target-path": target_path(settings),
        "--log-path": settings.data_dir / "logs",
    }
    # dbt's own log would quote the values of rows.
    quiet = ["--quiet", "--log-level", "none", "--log-level-file", "none"]
    paths = [part for option, folder in folders.items() for part in (option, str(folder))]
    with environment(settings, **{"DW_TESTED_LOAD": "", "DW_REBUILD": "{}"} | variables):
        try:
            answer = dbtRunner(callbacks=list(callbacks)).invoke([*command, *quiet, *paths])
        finally:
            engine(settings).release()
    if isinstance(answer.exception, KeyboardInterrupt):
        # dbt makes a failure of it, after which a run would go on.
        raise answer.exception
    return answer


@contextmanager
def environment(settings: Settings, **more: str) -> Iterator[None]:
    """The environment that dbt's profiles read, for as long as it is entered."""
    told = profile.environment(settings) | more
    if cycle := cycle_id():
        # dbt writes it into its run_results.json.
        told["DBT_ENV_CUSTOM_ENV_DW_CYCLE_ID"] = cycle
    before = {name: os.environ.get(name) for name in told}
    os.environ |= told
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
