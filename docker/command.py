"""How the stack's commands begin and end: settings from the environment, errors as plain lines."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import typer
from pydantic import ValidationError

from loader.errors import LoaderError, UsageError
from loader.settings import Settings

S = TypeVar("S", bound=Settings)


def read(kind: type[S]) -> S:
    """Settings from the environment. Raises UsageError: what is wrong by name, never its value."""
    try:
        return kind()
    except ValidationError as error:
        lines = [f"DW_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()]
        raise UsageError("\n".join(lines)) from error


def main(command: Callable[[], None]) -> None:
    """Run a command; an expected failure is plain lines and its exit code."""
    try:
        command()
    except LoaderError as error:
        typer.echo(f"{Path(sys.argv[0]).stem}: {error}", err=True)
        sys.exit(error.exit_code)
