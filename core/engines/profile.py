"""What dbt's profiles read: settings as environment variables, also those of ``.env`` only."""

from core.settings import Settings, as_variables

COMMON = ("target", "data_dir")
"""Fields that each engine's profile reads."""


def environment(settings: Settings) -> dict[str, str]:
    """All that dbt must know. Raises UsageError when the engine's driver is missing."""
    return as_variables(settings, COMMON) | of_engine(settings)


def of_engine(settings: Settings) -> dict[str, str]:
    """What dbt must know of the server or the lake. Raises UsageError."""
    if settings.target == "duckdb":
        return {}
    fields = [field for field in Settings.model_fields if field.startswith(f"{settings.target}_")]
    told = as_variables(settings, fields)
    # Seconds to import: only for who has a server, or a lake.
    if settings.target == "spark":
        from core.engines import spark

        return told | spark.environment(settings)
    from core.engines import sqlserver

    return told | sqlserver.environment(settings)
