"""``.env``, read in one way by all: by ``dw``, and by a shell through ``env.sh``.

``python -m core.environment`` prints the exports that ``env.sh`` evaluates: all of ``.env`` that
the environment does not say otherwise, and what dbt's profile must know of the engine.
"""

import os
import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from dotenv.parser import parse_stream
from pydantic_settings import DotEnvSettingsSource

from core.errors import LoaderError, UsageError

ROOT = Path(__file__).resolve().parents[1]
ENV_FILE = ROOT / ".env"
PREFIX = "DW_"
_EMPTY = re.compile(r"(\s*\n)?")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def read_file(path: Path = ENV_FILE) -> dict[str, str]:
    """The variables of ``.env``, none if it is not there; a value is what is written, no more.

    Neither ``$NAME`` nor ``$(command)`` means anything in it. Raises UsageError, naming the line.
    """
    try:
        # Notepad puts a mark before the first line.
        with path.open(encoding="utf-8-sig") as file:
            lines = list(parse_stream(file))
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not in UTF-8: save it as UTF-8") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    for line in lines:
        if line.error or (line.key and (line.value is None or not _NAME.fullmatch(line.key))):
            written = line.original
            # What it begins with may be empty lines.
            number = written.line + len(_EMPTY.match(written.string)[0].splitlines())  # type: ignore[index]
            raise UsageError(
                f"{path}, line {number}: is no NAME=value; a value with quotes or"
                " line breaks in it stands between quotes"
            )
    return {line.key: line.value for line in lines if line.key and line.value is not None}


class FileSource(DotEnvSettingsSource):
    """Our reader of ``.env``, for pydantic."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        if not isinstance(self.env_file, str | Path):
            return {}
        return {name.lower(): value for name, value in read_file(Path(self.env_file)).items()}


def exports() -> dict[str, str]:
    """What a shell must export, so that ``dbt`` in it sees what ``dw`` does. Raises LoaderError."""
    # It stands on this module.
    from core.settings import PROFILE, Settings, as_variables, read_settings

    file = read_file()
    unset = {name: value for name, value in file.items() if name not in os.environ}
    settings = read_settings(Settings)
    # Defaults stay defaults: they follow a DW_DATA_DIR that is set later.
    spelt = {
        name: value
        for name, value in as_variables(settings, PROFILE).items()
        if name in file or name in os.environ
    }
    if settings.target == "duckdb":
        # Its file is all there is to know, and to import an engine takes longer than all of this.
        return unset | spelt
    from core.engines import profile

    return unset | spelt | profile.of_engine(settings)


if __name__ == "__main__":
    try:
        told = exports()
        for name, value in told.items():
            print(f"export {name}={shlex.quote(value)}")
        print(f"_dw_exported={shlex.quote(' '.join(told))}")
    except LoaderError as error:
        sys.stderr.write(f"env.sh: {error}\n")
        sys.exit(error.exit_code)
