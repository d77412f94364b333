"""Checkpoints of a warehouse that takes a package of rows into staging."""

from typing import TYPE_CHECKING, Any

from core.checkpoints import checkpoint

if TYPE_CHECKING:
    from dlt.common.destination.client import JobClientBase as _Client
    from dlt.common.destination.client import LoadJob
    from dlt.common.destination.typing import PreparedTableSchema
else:
    _Client = object


class NamedMoments(_Client):
    """Mixed into a client of dlt's."""

    def create_load_job(
        self,
        table: "PreparedTableSchema",
        file_path: str,
        load_id: str,
        restore: bool = False,
    ) -> "LoadJob":
        job = super().create_load_job(table, file_path, load_id, restore)  # type: ignore[safe-super]
        # What is done when it is made is no job to run.
        if self._is_of_staging() and hasattr(job, "run"):
            _name_moments(job, str(table["name"]), is_merge=file_path.endswith(".sql"))
        return job

    def complete_load(self, load_id: str) -> None:
        if not self._is_of_staging():
            super().complete_load(load_id)  # type: ignore[safe-super]
            return
        checkpoint("all-merged")
        super().complete_load(load_id)  # type: ignore[safe-super]
        checkpoint("load-recorded")

    def _is_of_staging(self) -> bool:
        config: Any = self.config
        return bool(config.dataset_name == "staging")


def _name_moments(job: Any, table: str, *, is_merge: bool) -> None:
    run = job.run

    def named() -> None:
        checkpoint("merging" if is_merge else "copying", table)
        run()
        checkpoint("merged" if is_merge else "copied", table)

    job.run = named
