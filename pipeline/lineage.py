"""OpenLineage: which tables a build read and wrote, told to OPENLINEAGE_URL where that is set."""

import logging
import os
from uuid import NAMESPACE_URL, uuid5

import structlog

from core.settings import Settings
from pipeline.dbt import PROJECT, environment, target_path

URL = "OPENLINEAGE_URL"
"""OpenLineage's own name for the receiver's address; its others, such as OPENLINEAGE_API_KEY, and
OPENLINEAGE_NAMESPACE, hold too."""

log = structlog.get_logger()
# It would tell of each node.
logging.getLogger("openlineage").setLevel(logging.WARNING)


def tell(settings: Settings, run_id: str) -> None:
    """Send the events of dbt's newest build as parts of a run.

    A receiver that is away, or hangs for some seconds, is a line in the log: lineage is no reason
    to fail.
    """
    if not os.environ.get(URL):
        return
    try:
        with environment(settings):
            told = _tell(settings, run_id)
    # Whatever a receiver or the library stumbles over.
    except Exception as error:
        # The text of an unexpected error may quote an address.
        log.warning("lineage not told", reason=type(error).__name__)
    else:
        log.info("lineage told", events=told)


def _tell(settings: Settings, run_id: str) -> int:
    """The number of events that were taken."""
    # Only the extra `observability` brings it, and it takes a second to import.
    from openlineage.client import OpenLineageClient
    from openlineage.common.provider.dbt import DbtLocalArtifactProcessor, ParentRunMetadata
    from openlineage.common.provider.dbt.utils import PRODUCER

    namespace = os.environ.get("OPENLINEAGE_NAMESPACE", "dw_ecommerce")
    processor = DbtLocalArtifactProcessor(
        project_dir=str(PROJECT),
        target=settings.target,
        target_path=str(target_path(settings)),
        dbt_command_line=["dbt", "build", "--profiles-dir", str(PROJECT)],
        producer=PRODUCER,
        job_namespace=namespace,
        logger=logging.getLogger("openlineage"),
    )
    processor.dbt_run_metadata = ParentRunMetadata(
        run_id=str(uuid5(NAMESPACE_URL, run_id)), job_name="dw build", job_namespace=namespace
    )
    events = processor.parse().events()
    client = OpenLineageClient()
    for event in events:
        client.emit(event)
    client.close()
    return len(events)
