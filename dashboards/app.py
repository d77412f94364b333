"""The dashboards, as Streamlit runs them for each session; ``server.py`` serves them."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import streamlit as st

from core.errors import LoaderError, UsageError
from core.settings import Settings, read_settings
from dashboards.parts import panels, sidebar, theme
from dashboards.parts.view import View
from dashboards.people import access, sessions
from dashboards.screens import discounts, glossary, monitor, orders, overview, sales, targets
from published.answers.query import Data
from published.versions import NothingPublishedError

ICON = Path(__file__).with_name("icon.svg")
Render = Callable[[View], None]

# Title, icon and content of each page, by its address.
PAGES: dict[str, tuple[str, str, Render]] = {
    "visao_geral": (overview.TITLE, ":material/home:", overview.render),
    "vendas_e_margem": (sales.TITLE, ":material/bar_chart:", sales.render),
    "metas": (targets.TITLE, ":material/flag:", targets.render),
    "descontos_e_roi": (discounts.TITLE, ":material/percent:", discounts.render),
    "ciclo_de_pedidos": (orders.TITLE, ":material/local_shipping:", orders.render),
    "monitor_etl": (monitor.TITLE, ":material/monitor_heart:", monitor.render),
    "dicionario": (glossary.TITLE, ":material/menu_book:", glossary.render),
}


def main() -> None:
    """Draw the page that the address names."""
    st.set_page_config("DW E-commerce", ICON, layout="wide")
    st.logo(ICON, size="large")
    theme.apply()
    try:
        settings = read_settings(Settings)
        allowed = access.access(settings, sessions.of(settings.session_secret.get_secret_value()))
        if allowed is None:
            return
        data = Data.current(settings.data_dir, allowed)
    except NothingPublishedError:
        panels.nothing_published()
        sidebar.watch(settings.data_dir, None)
        return
    except UsageError as error:
        panels.misconfigured(str(error))
        return
    except LoaderError as error:
        panels.damaged(str(error))
        return
    show(data)


def show(data: Data) -> None:
    """The menu, the filters, and the page that was chosen."""

    def draw(path: str, render: Render) -> None:
        if view.lost:
            panels.lost(view)
        else:
            render(replace(view, page=path))

    chosen = st.navigation(
        [
            st.Page(partial(draw, path, render), title=title, icon=icon, url_path=path)
            for path, (title, icon, render) in PAGES.items()
            # The pipeline's own data cannot be restricted to a region or a team.
            if path != "monitor_etl" or not data.access.names
        ]
    )
    view = sidebar.view(data)
    chosen.run()


if __name__ == "__main__":
    main()
