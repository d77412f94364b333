"""Who may look, and at what: an optional login, and rules that the data layer adds to everything.

A file of users (``DW_USERS_FILE``) holds argon2 hashes and, per user, the names that their data is
restricted to; ``python -m dashboards.access`` writes it. With ``[auth]`` in Streamlit's secrets
people log in at the company's own provider (OIDC), and the file gives their rules by e-mail.
"""

import getpass
import ipaddress
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import streamlit as st
import typer
import yaml
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from pydantic import BaseModel, ConfigDict, ValidationError

from dashboards import panels
from dashboards.filters import Filters
from loader.errors import LoaderError, UsageError
from loader.settings import Settings

WRONG_SECONDS = 1.0
"""What a wrong password costs the one who guesses."""
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
            f"the file of users {path} does not exist; add one with `python -m dashboards.access`"
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


def access(settings: Settings) -> Filters | None:
    """What the person at the screen may see; null while they have not logged in.

    Draws the login when there must be one, and a warning when there should be.
    """
    users = read(settings.users_file) if settings.users_file else None
    if _provider():
        return _at_provider(users)
    if users is None:
        if not listens_at_home():
            st.warning(
                "Este painel aceita conexões de outras máquinas e não pede login. Defina"
                " DW_USERS_FILE ou um provedor de login antes de compartilhar o endereço.",
                icon=":material/lock_open:",
            )
        return EVERYTHING
    return _with_password(users)


def listens_at_home() -> bool:
    """Whether only this machine can reach the dashboards."""
    address = st.get_option("server.address") or "0.0.0.0"  # noqa: S104
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return bool(address == "localhost")


def _provider() -> bool:
    try:
        return "auth" in st.secrets
    except FileNotFoundError:
        return False


def _at_provider(users: Mapping[str, User] | None) -> Filters | None:
    if not st.user.is_logged_in:
        panels.title("DW E-commerce", "Entre para ver os painéis.")
        st.button("Entrar", on_click=st.login, type="primary")
        return None
    st.sidebar.button("Sair", on_click=st.logout, type="tertiary", icon=":material/logout:")
    if users is None:
        return EVERYTHING
    user = users.get(str(st.user.email))
    if user is None:
        st.error("O seu usuário não tem acesso a estes painéis. Peça-o à equipe de dados.")
        return None
    return user.only


def _with_password(users: Mapping[str, User]) -> Filters | None:
    name = str(st.session_state.get("usuario"))
    if name in users:
        st.sidebar.button(
            f"Sair ({name})", on_click=_leave, type="tertiary", icon=":material/logout:"
        )
        return users[name].only
    panels.title("DW E-commerce", "Entre para ver os painéis.")
    with st.form("login", width=420):
        given = st.text_input("Usuário", autocomplete="username")
        password = st.text_input("Senha", type="password", autocomplete="current-password")
        if st.form_submit_button("Entrar", type="primary"):
            if verified(users, given, password):
                st.session_state["usuario"] = given
                st.rerun()
            time.sleep(WRONG_SECONDS)
            st.error("Usuário ou senha incorretos.")
    return None


def _leave() -> None:
    st.session_state.clear()


@_app.command()
def add(
    name: Annotated[str, typer.Argument(help="The user: a name or an e-mail.")],
    only: Annotated[
        list[str] | None,
        typer.Option(help="What to restrict to, as nome_equipe=Equipe Sul 02; repeatable."),
    ] = None,
) -> None:
    """Add a user to DW_USERS_FILE, or change one; asks for the password."""
    path = Settings().users_file
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
        typer.echo(f"dashboards.access: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
