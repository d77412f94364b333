"""Settings from the environment or ``.env``: one clear line for a wrong one, no secret shown."""

from datetime import time
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BeforeValidator, ByteSize, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core.errors import UsageError

ROOT = Path(__file__).resolve().parents[1]


def _hours(value: object) -> object:
    """The two times of a text such as 22:00-07:00; none of an empty one."""
    return (value.split("-") if value else None) if isinstance(value, str) else value


Hours = Annotated[tuple[time, time] | None, NoDecode, BeforeValidator(_hours)]


class Settings(BaseSettings):
    """What the pipeline needs to know; every field is an environment variable ``DW_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="DW_", env_file=ROOT / ".env", extra="ignore")

    target: Literal["duckdb", "sqlserver", "spark"] = "duckdb"
    data_dir: Path = ROOT / ".data"
    # A SQLAlchemy URL; secret, since it may hold a password.
    oltp_url: SecretStr = SecretStr("")
    # The mapping of the source: a name in sources/ or the path of a YAML file.
    source: str = "oltp"
    # How far behind the watermark each load reads again, for rows that were committed late.
    cutoff_minutes: int = Field(default=120, ge=0)
    # How many of the newest months a load compares with the source; 0: all. `dw load --full` always
    # compares all, and is due now and then where this is set.
    prove_months: int = Field(default=0, ge=0)
    # The share of an entity's rows that may be gone from the source before a load refuses to
    # believe it; 100 believes anything.
    max_missing_percent: float = Field(default=5, ge=0, le=100)
    # Seconds to go on trying to connect to a database server that may be starting.
    connect_seconds: float = Field(default=60, ge=0)
    # Whether a source on SQL Server must be read as one snapshot.
    oltp_snapshot: bool = True

    # Where alerts go: addresses of apprise, apart by spaces; none: to the log only.
    alert_urls: SecretStr = SecretStr("")
    # After how long an incident that lasts is told again.
    alert_repeat_hours: float = Field(default=24, gt=0)
    # From when to when, in São Paulo, alerts wait; as 22:00-07:00.
    alert_quiet: Hours = None
    # Where the people who get alerts find the runbook.
    runbook_url: str = "docs/RUNBOOK.md"

    # The memory that the embedded warehouse may take; what needs more goes to files beside it.
    duckdb_memory: ByteSize = ByteSize(3 * 2**30)

    # The warehouse on SQL Server.
    sqlserver_host: str = "localhost"
    sqlserver_port: int = 1433
    sqlserver_database: str = "DW_ECOMMERCE"
    sqlserver_user: str = "etl_writer"
    sqlserver_password: SecretStr = SecretStr("")
    sqlserver_encrypt: bool = True
    # Takes any certificate of the server: only for one of your own, in a network of your own.
    sqlserver_trust_certificate: bool = False
    # A name that the ODBC driver manager knows, or a path; empty: whichever there is.
    sqlserver_driver: str = ""

    # The warehouse on Spark: where its files are, as a URL; empty: a folder in data_dir.
    lake_url: str = ""
    # Of a cluster, or how many cores of this machine; and what the driver may take of its memory.
    spark_master: str = "local[2]"
    spark_memory: str = "2g"

    # Who may log in to the dashboards; without it nobody has to.
    users_file: Path | None = None

    @model_validator(mode="after")
    def _defaults(self) -> "Settings":
        if not self.data_dir.is_absolute():
            self.data_dir = ROOT / self.data_dir
        if "'" in str(self.data_dir):
            raise ValueError("a folder with an apostrophe in its path cannot be used")
        if not self.oltp_url.get_secret_value():
            self.oltp_url = SecretStr(f"sqlite:///{self.data_dir / 'oltp.sqlite'}")
        self.lake_url = self.lake_url.rstrip("/") or f"file://{self.data_dir / 'lake'}"
        return self

    @property
    def warehouse(self) -> Path:
        """The DuckDB file of the embedded warehouse."""
        return self.data_dir / "dw_ecommerce.duckdb"

    @property
    def warehouse_name(self) -> str:
        """The warehouse as messages name it."""
        if self.target == "sqlserver":
            return f"{self.sqlserver_database} on {self.sqlserver_host},{self.sqlserver_port}"
        if self.target == "spark":
            return self.lake_url
        return str(self.warehouse)


S = TypeVar("S", bound=Settings)


def read_settings(kind: type[S]) -> S:
    """Settings from the environment. Raises UsageError: what is wrong by name, never its value."""
    try:
        return kind()
    except ValidationError as error:
        lines = [f"DW_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()]
        raise UsageError("\n".join(lines)) from error
