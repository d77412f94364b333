"""People who may look: a file of them with hashed passwords, and what their data is restricted to.

``DW_USERS_FILE`` names the file; ``python -m dashboards.people.users`` writes it.
"""

import fcntl
import getpass
import ipaddress
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import argon2
import typer
import yaml
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError
from zxcvbn import zxcvbn

from core import files, strict_yaml
from core.errors import LoaderError, UsageError
from core.settings import Settings, read_settings
from published import versions
from published.answers.dimensions import DIMENSIONS
from published.answers.filters import Filters
from published.answers.query import Data

EVERYTHING = Filters()
SHORTEST = 12
"""Characters of a password."""
STRENGTH = 3
"""Of zxcvbn's 0 to 4: not to be guessed in 10^8 tries."""
_hasher = argon2.PasswordHasher()
_nobody = _hasher.hash("")
_app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class User(BaseModel):
    """A person in the file of users."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    password: str | None = None
    """argon2 hash; none for those who log in at a provider."""
    only: Filters = EVERYTHING
    """What their data is restricted to, such as ``nome_equipe: [Equipe Sul 02]``."""
    _line: int = PrivateAttr(0)
    """Of the file, where the rule stands, or the name."""

    @property
    def sees_nothing(self) -> bool:
        """Whether a rule names no value at all, which no row can have."""
        return any(not getattr(self.only, name) for name in self.only.model_fields_set)


def read(path: Path) -> dict[str, User]:
    """The users of a file, by name. Raises LoaderError, naming the line, when it is damaged."""
    try:
        content = strict_yaml.read(path)
    except FileNotFoundError as error:
        raise LoaderError(
            f"the file of users {path} does not exist;"
            " add one with `python -m dashboards.people.users`"
        ) from error
    except OSError as error:
        raise LoaderError(f"the file of users {path} cannot be read: {error.strerror}") from error
    if content is None:
        return {}
    if not isinstance(content, strict_yaml.Lines):
        raise UsageError(f"the file of users {path} must have a line `name: {{…}}` for each")
    return {name: _user(path, content, name) for name in content}


def _user(path: Path, content: strict_yaml.Lines, name: Any) -> User:
    def wrong(problem: str, line: int = content.line_of[name]) -> UsageError:
        return UsageError(f"the file of users {path}, line {line}: {problem}")

    if not isinstance(name, str) or not name.strip():
        raise wrong("a user's name must be a text; put it between quotes")
    about = content[name]
    lines = about.line_of if isinstance(about, strict_yaml.Lines) else {}
    try:
        user = User.model_validate({} if about is None else about)
        if user.password is not None:
            argon2.extract_parameters(user.password)
    except InvalidHashError:
        raise wrong(
            "the password is no argon2 hash; set it by `python -m dashboards.people.users`",
            lines["password"],
        ) from None
    except ValidationError as error:
        # Where and what kind, never the value: it may be a hash.
        first = error.errors(include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))
        known = f"; dimensions are {', '.join(DIMENSIONS)}" if where.startswith("only") else ""
        line = lines.get(first["loc"][0], content.line_of[name]) if first["loc"] else None
        told = f"{where or name}: {first['msg'].lower()}{known}"
        raise (wrong(told, line) if line else wrong(told)) from None
    if user.only.inicio or user.only.fim:
        raise wrong("a rule restricts by names, not by days", lines["only"])
    user._line = lines.get("only", content.line_of[name])
    return user


def check(settings: Settings) -> None:
    """Refuse a file of users that would not do what it says, before anybody logs in.

    Raises LoaderError: it is damaged, or a rule names a value that the published data do not have.
    """
    if settings.users_file is None:
        return
    users = read(settings.users_file)
    try:
        data = Data.of(versions.current(settings.data_dir))
    except LoaderError:
        # Nothing is published yet, or the pages say what is wrong with it.
        return
    for name, user in users.items():
        if unknown := unknown_values(data, user.only):
            raise UsageError(
                f"the file of users {settings.users_file}, line {user._line}: the rule of {name}"
                f" names {', '.join(unknown)}, which the published data do not have"
            )


def unknown_values(data: Data, only: Filters) -> list[str]:
    """The values of a rule that no row of the published data has, as ``dimension=value``."""
    return [
        f"{dimension}={value}"
        for dimension, values in only.names.items()
        for known in [set(data.dimension_values(dimension))]
        for value in values
        if value not in known
    ]


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


def _weak(name: str, password: str) -> str:
    """Why a password is too weak; empty when it is not."""
    if len(password) < SHORTEST:
        return f"a password has at least {SHORTEST} characters"
    if zxcvbn(password[:72], user_inputs=[name, *name.split("@")])["score"] < STRENGTH:
        return "this password is among the first that anybody would try; take several words"
    return ""


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the file of users: of two who write at a time, one waits."""
    descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _rules(only: list[str]) -> Filters:
    names: dict[str, list[str]] = {}
    for rule in only:
        dimension, _, value = rule.partition("=")
        names.setdefault(dimension, []).append(value)
    if names.keys() - set(DIMENSIONS) or not all(all(values) for values in names.values()):
        known = ", ".join(DIMENSIONS)
        raise UsageError(f"--only takes one of {known}, then = and a value")
    return Filters.model_validate(names)


@_app.command()
def add(
    name: Annotated[str, typer.Argument(help="The user: a name or an e-mail.")],
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="What to restrict to, as nome_equipe=Equipe Sul 02; repeatable. One of "
            f"{', '.join(DIMENSIONS)}."
        ),
    ] = None,
) -> None:
    """Add a user to DW_USERS_FILE, or change one; asks for the password."""
    settings = read_settings(Settings)
    path = settings.users_file
    if path is None:
        raise UsageError("set DW_USERS_FILE to the file that shall hold the users")
    rules = _rules(only or [])
    try:
        unknown = unknown_values(Data.of(versions.current(settings.data_dir)), rules)
    except LoaderError:
        unknown = []
    if unknown:
        raise UsageError(f"the published data have no {', '.join(unknown)}")
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    if reason := _weak(name, password):
        raise UsageError(reason)
    with _locked(path):
        users = read(path) if path.exists() else {}
        users[name] = User(password=_hasher.hash(password), only=rules)
        content = {
            user: about.model_dump(mode="json", exclude_unset=True) for user, about in users.items()
        }
        files.replace_text(path, yaml.safe_dump(content, allow_unicode=True), mode=0o600)
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
