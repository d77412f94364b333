"""People who may look: a file of them with hashed passwords, and what their data is restricted to.

``DW_USERS_FILE`` names the file; ``python -m dashboards.people.users`` writes it.
"""

import getpass
import ipaddress
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
import yaml
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import LoaderError, UsageError
from core.settings import Settings, read_settings
from published.answers.filters import Filters

EVERYTHING = Filters()
_hasher = PasswordHasher()
_nobody = _hasher.hash("")
_app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class User(BaseModel):
    """A person in the file of users."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    password: str | None = None
    """argon2 hash; none for those who log in at a provider."""
    only: Filters = EVERYTHING
    """What their data is restricted to, such as ``nome_equipe: [Equipe Sul 02]``."""


def read(path: Path) -> dict[str, User]:
    """The users of a file, by name. Raises LoaderError when it is missing or damaged."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return {str(name): User.model_validate(about or {}) for name, about in content.items()}
    except FileNotFoundError as error:
        raise LoaderError(
            f"the file of users {path} does not exist;"
            " add one with `python -m dashboards.people.users`"
        ) from error
    except (yaml.YAMLError, ValidationError, AttributeError) as error:
        # Never the content: it holds hashes.
        raise LoaderError(f"the file of users {path} is damaged; see docs/DASHBOARDS.md") from error


def verified(users: Mapping[str, User], name: str, password: str) -> bool:
    """Whether the password is this user's; it takes as long for a user that does not exist."""
    user = users.get(name)
    hashed = user.password if user and user.password else _nobody
    try:
        return _hasher.verify(hashed, password) and hashed is not _nobody
    except (VerifyMismatchError, InvalidHashError):
        return False


def at_home(address: str) -> bool:
    """Whether only this machine reaches who listens at an address."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


@_app.command()
def add(
    name: Annotated[str, typer.Argument(help="The user: a name or an e-mail.")],
    only: Annotated[
        list[str] | None,
        typer.Option(help="What to restrict to, as nome_equipe=Equipe Sul 02; repeatable."),
    ] = None,
) -> None:
    """Add a user to DW_USERS_FILE, or change one; asks for the password."""
    path = read_settings(Settings).users_file
    if path is None:
        raise UsageError("set DW_USERS_FILE to the file that shall hold the users")
    names: dict[str, list[str]] = {}
    for rule in only or ():
        dimension, _, value = rule.partition("=")
        names.setdefault(dimension, []).append(value)
    try:
        rules = Filters.model_validate(names)
    except ValidationError as error:
        known = ", ".join(Filters.model_fields)
        raise UsageError(f"--only takes one of {known}, then = and a value") from error
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    if not password:
        raise UsageError("a password must not be empty")
    users = read(path) if path.exists() else {}
    users[name] = User(password=_hasher.hash(password), only=rules)
    content = {
        user: about.model_dump(mode="json", exclude_defaults=True) for user, about in users.items()
    }
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    typer.echo(f"{name} can log in; {len(users)} users in {path}")


def main() -> None:
    """Run the command line; expected failures end in one line."""
    try:
        _app()
    except LoaderError as error:
        typer.echo(f"dashboards.people.users: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
