"""Packages of dlt on their way into the warehouse: finished, or set aside where it refuses them.

Staging is the only record of what has landed, so a package that is set aside loses nothing: the
next load reads from the watermark of each table, compares, and brings what the package would have.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import dlt
import structlog
from dlt.pipeline.exceptions import PipelineStepFailed

from core.errors import LoaderError
from core.private import make_private
from core.refusals import may_pass, told
from core.settings import Settings

FOLDER = "set-aside"
REASON = "reason.txt"

log = structlog.get_logger()


class PackageRefusedError(LoaderError):
    """The warehouse refused a package, which has been set aside."""


def finish(settings: Settings, opened: dlt.Pipeline) -> bool:
    """Finish the package that a crash left behind, unless the warehouse refuses it.

    Whether there was one, and it is in. Raises LoaderError when another attempt may succeed.
    """
    if not opened.has_pending_data:
        return False
    with suppress(PackageRefusedError), loading(settings, opened):
        opened.run()
        return True
    return False


@contextmanager
def loading(settings: Settings, opened: dlt.Pipeline) -> Iterator[None]:
    """Have a package put into the warehouse; if it is refused, set it aside.

    Raises PackageRefusedError then, and LoaderError when it stays: another attempt may succeed.
    """
    try:
        yield
    except PipelineStepFailed as error:
        reason = told(error)
        if may_pass(error) or not _answers(opened):
            raise LoaderError(
                f"the warehouse did not take what was read: {reason}; the next load goes on from"
                " there"
            ) from error
        folder = _set_aside(settings, opened, error.load_id or "", reason)
        log.warning("package set aside", reason=reason, folder=str(folder))
        raise PackageRefusedError(
            f"the warehouse refuses what was read: {reason}; it was set aside in {folder}, and the"
            " next load reads the same rows again"
        ) from error


def _answers(opened: dlt.Pipeline) -> bool:
    try:
        with opened.sql_client() as client:
            client.execute_sql("select 1 as answer")
    except Exception:
        return False
    return True


def _set_aside(settings: Settings, opened: dlt.Pipeline, load_id: str, reason: str) -> Path:
    """Move all that the pipeline has on this machine away; its state comes from the warehouse."""
    now = datetime.now(UTC)
    folder = settings.data_dir / FOLDER / f"{now:%Y%m%dT%H%M%SZ}-{load_id}"
    folder.parent.mkdir(exist_ok=True)
    Path(opened.working_dir).rename(folder)
    (folder / REASON).write_text(f"{reason}\n", encoding="utf-8")
    # It holds rows of the source, and people's names among them.
    make_private(folder.parent)
    opened.drop()
    opened.sync_destination()
    return folder
