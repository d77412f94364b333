"""What can be set, in groups: every ``DW_…``, with its type and what it is for.

``.env.example`` and the README's table are made from what stands here (:mod:`core.settings_docs`).
"""

from datetime import time
from pathlib import Path
from typing import Literal

from pydantic import ByteSize, Field, SecretStr
from pydantic_settings import BaseSettings

from core.environment import ROOT
from core.setting_types import Hours, Memory, Named, SparkMemory


class SourceSettings(BaseSettings):
    """The company's database and its mapping."""

    oltp_url: SecretStr = Field(
        default=SecretStr(""),
        description="SQLAlchemy URL of the source: SQLite, PostgreSQL, MySQL, MariaDB, SQL Server;"
        " without it the sample company in `DW_DATA_DIR`",
        examples=["postgresql+psycopg2://reader:secret@db.example.com/shop"],
    )
    source: str = Field(
        default="oltp",
        min_length=1,
        description="mapping: a name in `sources/` or the path of a YAML file",
    )
    cutoff_minutes: int = Field(
        default=120,
        ge=0,
        description="how far behind the watermark each load reads again, for rows that were"
        " committed late",
    )
    prove_months: int = Field(
        default=0,
        ge=0,
        description="how many of the newest months each load compares with the source; 0: all."
        " `dw load --full` always compares all, and is due now and then where this is set",
    )
    max_missing_percent: float = Field(
        default=5,
        ge=0,
        le=100,
        description="share of an entity's rows that may vanish from the source at once before a"
        " load refuses to believe it; up to three rows always may, unless they are more than half",
    )
    max_quarantine_percent: float = Field(
        default=1,
        ge=0,
        le=100,
        description="share of a month's revenue that may wait in quarantine before publication is"
        " refused, until somebody accepts it: `dw accept-left-out`",
    )
    connect_seconds: float = Field(
        default=60,
        ge=0,
        description="how long to go on trying to connect to a server that may be starting",
    )
    statement_minutes: float = Field(
        default=120,
        gt=0,
        description="after how many minutes the source's server ends a statement of ours",
    )
    oltp_snapshot: bool = Field(
        default=True, description="refuse a source on SQL Server that allows no snapshot"
    )


class WarehouseSettings(BaseSettings):
    """The warehouse, and the folder of everything that is kept."""

    target: Literal["duckdb", "sqlserver", "spark"] = Field(
        default="duckdb", description="engine of the warehouse: duckdb, sqlserver or spark"
    )
    data_dir: Named = Field(
        default=ROOT / ".data",
        description="folder of the warehouse, logs, load state and published versions; a relative"
        " one is one of the project's folder",
    )
    duckdb_memory: Memory = Field(
        default=ByteSize(3 * 2**30),
        description="memory that the embedded warehouse may take; what needs more goes to files"
        " beside it",
    )


class PrivacySettings(BaseSettings):
    """Personal data (docs/SECURITY.md)."""

    pseudonym_key: SecretStr = Field(
        default=SecretStr(""),
        description="secret that pseudonyms of customers' keys are made with; without it one is"
        " made once and kept in `DW_DATA_DIR`",
        examples=["32 random bytes: openssl rand -hex 32"],
    )
    erasures_file: Named | None = Field(
        default=None,
        description="list of the people who were erased, which must outlive a restored backup;"
        " without it a file beside `DW_DATA_DIR`",
        examples=["/srv/dw-erasures.jsonl"],
    )
    retention_months: int = Field(
        default=0,
        ge=0,
        description="months after a customer's last order when personal data are erased; 0: never",
    )


class AlertSettings(BaseSettings):
    """Alerts."""

    alert_urls: SecretStr = Field(
        default=SecretStr(""),
        description="where alerts go: addresses of [apprise](https://github.com/caronc/apprise)"
        " with spaces between them; without one to the log only",
        examples=["slack://tokenA/tokenB/tokenC/#dados mailto://user:secret@example.com"],
    )
    alert_repeat_hours: float = Field(
        default=24, gt=0, description="after how many hours an incident that lasts is told again"
    )
    alert_quiet: Hours = Field(
        default=None,
        description="from when to when alerts wait, in São Paulo",
        examples=["22:00-07:00"],
    )
    runbook_url: str = Field(default="docs/RUNBOOK.md", description="where alerts' links lead")


class ReaderSettings(BaseSettings):
    """Dashboards and API."""

    users_file: Named | None = Field(
        default=None,
        description="who may log in to dashboards and API (docs/DASHBOARDS.md); without it nobody"
        " has to",
        examples=["users.yml"],
    )
    hosts: str = Field(
        default="",
        description="names, with spaces between them, under which dashboards and API are reached,"
        " beside localhost and addresses; a request for another name is refused",
        examples=["dados.example.com"],
    )
    session_secret: SecretStr = Field(
        default=SecretStr(""),
        description="signs the dashboards' logins, which last 12 hours; without it a restart asks"
        " everyone to log in again",
        examples=["32 random bytes: openssl rand -hex 32"],
    )


class SqlServerSettings(BaseSettings):
    """The warehouse on SQL Server, with `DW_TARGET=sqlserver` (docs/SQLSERVER.md)."""

    sqlserver_host: str = Field(default="localhost", description="the server")
    sqlserver_port: int = Field(default=1433, description="its port")
    sqlserver_database: str = Field(default="DW_ECOMMERCE", description="the warehouse's database")
    sqlserver_user: str = Field(default="etl_writer", description="login that loads and builds")
    sqlserver_password: SecretStr = Field(default=SecretStr(""), description="its password")
    sqlserver_encrypt: bool = Field(default=True, description="encrypt the connection")
    sqlserver_trust_certificate: bool = Field(
        default=False,
        description="take any certificate of the server: only for one of your own, in a network of"
        " your own",
    )
    sqlserver_driver: str = Field(
        default="",
        description="ODBC driver, by name or path; without it the installed one, else that of"
        " mssql-python-odbc",
        examples=["ODBC Driver 18 for SQL Server"],
    )
    sqlserver_features: str = Field(
        default="columnstore,contracts,grants,masking",
        description="what builds use beyond plain tables; leave out what a server lacks",
    )


class SparkSettings(BaseSettings):
    """The warehouse on Spark and Iceberg, with `DW_TARGET=spark` (docs/SPARK.md)."""

    lake_url: str = Field(
        default="",
        description="where its files are; without it a folder in `DW_DATA_DIR`",
        examples=["s3://company-lake/dw"],
    )
    spark_master: str = Field(
        default="local[2]", description="a cluster, or how many cores of this machine"
    )
    spark_memory: SparkMemory = Field(default="2g", description="memory of the driver")
    spark_driver_host: str = Field(
        default="127.0.0.1", description="where a cluster's workers find the driver"
    )
    spark_jars: str = Field(
        default="",
        description="Iceberg's jar; without it the one that the extra `spark` brings",
        examples=["/opt/spark/jars/iceberg-spark-runtime-3.5_2.12-1.10.0.jar"],
    )
    spark_partitions: int = Field(
        default=2, ge=1, description="into how many parts Spark cuts what it shuffles"
    )
    spark_method: Literal["", "thrift", "connect"] = Field(
        default="",
        description="a server instead of Spark in our own process: thrift or connect",
        examples=["thrift"],
    )
    spark_host: str = Field(default="localhost", description="the Thrift server")
    spark_port: int = Field(default=10000, description="its port")
    spark_user: str = Field(default="", description="its user")
    spark_password: SecretStr = Field(default=SecretStr(""), description="its password")
    spark_auth: str = Field(default="NONE", description="how it knows the user")
    spark_ssl: bool = Field(default=False, description="encrypt the connection to it")
    spark_remote: str = Field(
        default="sc://localhost:15002", description="the Spark Connect server"
    )


class StackSettings(BaseSettings):
    """The stack in Docker; docker/.env.example has them."""

    schedule: time = Field(default=time(5), description="when the day's run is due, in São Paulo")
    heartbeat: Path = Field(
        default=Path("/tmp/heartbeat"),  # noqa: S108
        description="file whose age tells that the schedule lives",
    )
    admin_user: str = Field(default="sa", description="SQL Server's administrator")
    admin_password: SecretStr = Field(default=SecretStr(""), description="its password")
    etl_writer_password: SecretStr = Field(
        default=SecretStr(""), description="login of the pipeline"
    )
    bi_reader_password: SecretStr = Field(default=SecretStr(""), description="login of BI tools")
    oltp_reader_password: SecretStr = Field(
        default=SecretStr(""), description="login that reads the sample"
    )
    sample_orders: int = Field(
        default=20_000, ge=0, description="orders of the sample company in the stack; 0: none"
    )
    http_bind: str = Field(
        default="127.0.0.1", description="where the stack's dashboards are heard"
    )
    http_port: int = Field(default=8080, description="their port")
    tls: Literal["off", "on", "front"] = Field(
        default="off",
        description="`on`: TLS and HSTS by certificate files; `front`: by a provider in front",
    )


class ContributorSettings(BaseSettings):
    """For contributors to this project."""

    shared_data: Path = Field(
        default=Path("../shared/data"),
        description="folder with the foreign databases of `make demo-adventureworks`,"
        " `make demo-olist` and their tests",
    )
    shared_tools: Path = Field(
        default=Path("../shared/tools"),
        description="folder with the T-SQL checker of `make check-tsql`",
    )
