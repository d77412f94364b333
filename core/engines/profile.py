"""What dbt's profiles read: settings as environment variables, also those of ``.env`` only."""

from core.engines import engine
from core.settings import PROFILE, Settings, as_variables


def environment(settings: Settings) -> dict[str, str]:
    """All that dbt must know. Raises UsageError when the engine's driver is missing."""
    return as_variables(settings, PROFILE) | of_engine(settings)


def of_engine(settings: Settings) -> dict[str, str]:
    """What dbt must know of the server or the lake. Raises UsageError."""
    return engine(settings).environment()
