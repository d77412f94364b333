"""Settings as they are: of the groups of :mod:`core.setting_groups`, from the environment.

The environment comes before ``.env``; :mod:`core.environment` reads that file.
"""

import difflib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote

from pydantic import SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from core import secrets
from core.environment import ENV_FILE, PREFIX, FileSource, read_file
from core.environment import ROOT as ROOT
from core.errors import UsageError
from core.setting_groups import (
    AlertSettings,
    ContributorSettings,
    PrivacySettings,
    ReaderSettings,
    SourceSettings,
    SparkSettings,
    SqlServerSettings,
    StackSettings,
    WarehouseSettings,
)

_ENDS_NAMES = re.compile(r"[?#*\[]")


class Settings(
    SourceSettings,
    WarehouseSettings,
    PrivacySettings,
    AlertSettings,
    ReaderSettings,
    SqlServerSettings,
    SparkSettings,
    StackSettings,
    ContributorSettings,
):
    """What the project needs to know; every field is an environment variable ``DW_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=ENV_FILE, extra="ignore")
    # Set for dbt by a build, for the time of it.
    INTERNAL: ClassVar[frozenset[str]] = frozenset({"DW_REBUILD", "DW_TESTED_LOAD"})

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = getattr(dotenv_settings, "env_file", None)
        return init_settings, env_settings, FileSource(settings_cls, env_file=file)

    @model_validator(mode="after")
    def _defaults(self) -> "Settings":
        self.data_dir = ROOT / self.data_dir
        if found := _ENDS_NAMES.search(str(self.data_dir)):
            raise ValueError(
                f"DW_DATA_DIR: {self.data_dir} has a {found[0]}, which DuckDB or dbt do not take"
                " for part of a file's name; name another folder"
            )
        try:
            secrets.check_url(self.oltp_url.get_secret_value())
        except ValueError as error:
            raise ValueError(f"DW_OLTP_URL: {error}") from None
        self.users_file = self.users_file and ROOT / self.users_file
        if not self.oltp_url.get_secret_value():
            self.oltp_url = SecretStr(f"sqlite:///{quote(str(self.data_dir / 'oltp.sqlite'))}")
        self.lake_url = self.lake_url.rstrip("/") or f"file://{self.data_dir / 'lake'}"
        return self

    @property
    def erasures(self) -> Path:
        """The list of people who were erased."""
        return self.erasures_file or self.data_dir.with_name(f"{self.data_dir.name}.erasures.jsonl")

    @property
    def warehouse(self) -> Path:
        """The DuckDB file of the embedded warehouse."""
        return self.data_dir / "dw_ecommerce.duckdb"


PROFILE = ("target", "data_dir")
"""Fields that dbt's profile reads whatever the engine."""

S = TypeVar("S", bound=Settings)


GROUPS: tuple[type[BaseSettings], ...] = Settings.__bases__
"""The groups of settings, in the order in which they are explained."""


def variable(field: str) -> str:
    """The environment variable of a field."""
    return f"{PREFIX}{field.upper()}"


def read_settings(kind: type[S]) -> S:
    """Settings from the environment and ``.env``.

    What ``.env`` has beyond ours, such as OPENLINEAGE_URL, goes into the environment of this
    process, where its readers look for it. Raises UsageError: what is wrong by name, never its
    value.
    """
    file = read_file()
    if unknown := _unknown(kind, [*file, *os.environ]):
        raise UsageError("\n".join(unknown))
    try:
        settings = kind()
    except ValidationError as error:
        lines = [_line(e["loc"], e["msg"]) for e in error.errors()]
        raise UsageError("\n".join(lines)) from error
    for secret in _secrets(settings):
        secrets.remember(secret)
    for name, value in file.items():
        if not name.startswith(PREFIX):
            os.environ.setdefault(name, value)
    return settings


def _secrets(settings: BaseSettings) -> Iterator[str]:
    """The secrets of the settings: each whole, and the passwords of those that are addresses."""
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr) and (secret := value.get_secret_value()):
            for part in secret.split() if name == "alert_urls" else [secret]:
                if "://" in part:
                    yield from secrets.secret_parts(part)
                if name != "oltp_url":
                    yield part


def _line(place: tuple[int | str, ...], message: str) -> str:
    reason = message.removeprefix("Value error, ")
    # What is about all settings names its own.
    return f"{variable(str(place[0]))}: {reason}" if place else reason


def _unknown(kind: type[Settings], names: Iterable[str]) -> list[str]:
    """A line for each ``DW_…`` that nothing reads, which may be another one misspelt."""
    known = {variable(field) for field in kind.model_fields} | Settings.INTERNAL
    lines = []
    for name in sorted(set(names)):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            lines.append(f"{name} is no setting{hint}")
    return lines


def as_variables(settings: Settings, fields: Iterable[str]) -> dict[str, str]:
    """Fields as environment variables, spelt in the one way that dbt's profiles understand."""
    return {variable(field): _text(getattr(settings, field)) for field in fields}


def _text(value: Any) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str(value).lower() if isinstance(value, bool) else str(value)
