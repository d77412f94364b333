"""How commands beside `dw` end: errors as plain lines."""

import io
import sys
from collections.abc import Callable
from pathlib import Path

import typer

from core.errors import LoaderError
from core.private import keep_private


def print_anywhere() -> None:
    """Have what a terminal's encoding lacks printed as a question mark, rather than fail."""
    for stream in sys.stdout, sys.stderr:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def main(command: Callable[[], None]) -> None:
    """Run a command; an expected failure is plain lines and its exit code."""
    keep_private()
    print_anywhere()
    try:
        command()
    except LoaderError as error:
        typer.echo(f"{Path(sys.argv[0]).stem}: {error}", err=True)
        sys.exit(error.exit_code)
