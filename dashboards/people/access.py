"""Who may look, and at what: an optional login, and rules that the data layer adds to everything.

The people of ``DW_USERS_FILE`` log in with a password. With ``[auth]`` in Streamlit's secrets they
log in at the company's own provider (OIDC), and the file gives their rules by e-mail.
"""

import time
from collections.abc import Mapping

import streamlit as st

from core.settings import Settings
from dashboards.parts import panels
from dashboards.people.users import EVERYTHING, User, at_home, read, verified
from published.answers.filters import Filters

WRONG_SECONDS = 1.0
"""What a wrong password costs the one who guesses."""


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
    return at_home(st.get_option("server.address") or "0.0.0.0")  # noqa: S104


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
