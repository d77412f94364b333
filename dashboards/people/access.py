"""What the person at the screen may see: the rule of the user who has logged in.

The people of ``DW_USERS_FILE`` log in with a password (``door.py``). With ``[auth]`` in Streamlit's
secrets they log in at the company's own provider (OIDC), and the file gives their rules by e-mail.
"""

from collections.abc import Mapping
from html import escape

import streamlit as st

from core.settings import Settings
from dashboards.parts import panels
from dashboards.parts.tables import READER
from dashboards.people.door import ENTER, LEAVE
from dashboards.people.sessions import COOKIE, Sessions
from dashboards.people.users import EVERYTHING, User, at_home, read
from published.answers.filters import Filters


def access(settings: Settings, sessions: Sessions) -> Filters | None:
    """What the person at the screen may see; null when that is nothing.

    Draws the login when there must be one, and a warning when there should be.
    """
    st.session_state[READER] = None
    users = read(settings.users_file) if settings.users_file else None
    if has_provider():
        return _at_provider(users)
    if users is None:
        if not listens_at_home():
            st.warning(
                "Este painel aceita conexões de outras máquinas e não pede login. Defina"
                " DW_USERS_FILE ou um provedor de login antes de compartilhar o endereço.",
                icon=":material/lock_open:",
            )
        return EVERYTHING
    name = sessions.user(cookie(), users)
    if name is None:
        # The door lets nobody in without: a login has ended while the page was open.
        panels.title("DW E-commerce", "O seu acesso terminou.")
        st.html(_link(ENTER, "Entrar de novo"))
        return None
    st.session_state[READER] = name
    with st.sidebar:
        st.html(_link(LEAVE, f"Sair ({name})"))
    return _rule(users[name])


def cookie() -> str | None:
    """The cookie that the browser has sent."""
    return st.context.cookies.get(COOKIE)


def listens_at_home() -> bool:
    """Whether only this machine can reach the dashboards."""
    return at_home(st.get_option("server.address") or "0.0.0.0")  # noqa: S104


def has_provider() -> bool:
    """Whether people log in at a provider of their company."""
    try:
        return "auth" in st.secrets
    except FileNotFoundError:
        return False


def _link(path: str, text: str) -> str:
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"<a href='{escape(f'/{base}'.rstrip('/') + path)}' target='_self'>{escape(text)}</a>"


def _rule(user: User) -> Filters | None:
    if user.sees_nothing:
        st.error("O seu acesso não inclui dado nenhum. Fale com a equipe de dados.")
        return None
    return user.only


def _at_provider(users: Mapping[str, User] | None) -> Filters | None:
    if not st.user.is_logged_in:
        panels.title("DW E-commerce", "Entre para ver os painéis.")
        st.button("Entrar", on_click=st.login, type="primary")
        return None
    st.session_state[READER] = st.user.get("email")
    st.sidebar.button("Sair", on_click=st.logout, type="tertiary", icon=":material/logout:")
    if users is None:
        return EVERYTHING
    # An address that nobody has verified may be anybody's.
    verified = st.user.get("email_verified") is True
    user = users.get(str(st.user.get("email"))) if verified else None
    if user is None:
        st.error(
            "O seu usuário não tem acesso a estes painéis. Peça-o à equipe de dados."
            if verified
            else "O provedor não confirmou o seu e-mail. Confirme-o lá e entre de novo."
        )
        return None
    return _rule(user)
