"""``.env``, read in one way by all: by ``dw``, and by a shell through ``env.sh``."""

import re
from collections.abc import Mapping
from pathlib import Path

from dotenv.parser import parse_stream
from pydantic_settings import DotEnvSettingsSource

from core.errors import UsageError

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
