"""Names are text, everywhere: what a product is called asks nothing of a browser."""

import shutil
from urllib.parse import quote

import duckdb
import pytest
from playwright.sync_api import Page

from dashboards import app
from dashboards.parts import formats
from tests.conftest import Pipeline
from tests.dashboards.test_browser import CHROMIUM, YEAR, browser, opened, page, served, settled

__all__ = ["browser", "page"]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium"),
]
OUTSIDE = "http://192.0.2.9"
MADE = "a[href*='192.0.2.9'], img[src*='192.0.2.9']"
HOSTILE = (
    f"![x]({OUTSIDE}/md.png) <img src='{OUTSIDE}/h.png' onerror='document.title=1'>"
    f" <a href='{OUTSIDE}'>ver</a> [ver]({OUTSIDE}) =cmd|'/c'!A1"
)
NAMES = ("nome_produto", "categoria", "subcategoria", "nome_vendedor", "nome_equipe",
         "canal_venda", "nome_campanha", "motivo_rejeicao")  # fmt: skip


@pytest.fixture(scope="module")
def hostile(company: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """The company after somebody has put markup before every name."""
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copytree(company.folder / "published", folder / "published")
    database = duckdb.connect()
    for file in (folder / "published/v1").rglob("*.parquet"):
        columns = [name for name, *_ in database.sql(f"describe from '{file}'").fetchall()]
        replaced = ", ".join(
            f"$hostile || ' ' || {name} as {name}" for name in NAMES if name in columns
        )
        if replaced:
            other = file.with_suffix(".new")
            database.execute(
                f"copy (select * replace ({replaced}) from '{file}') to '{other}' (format parquet)",
                {"hostile": HOSTILE},
            )
            other.replace(file)
    return Pipeline(folder)


def test_no_page_asks_an_outside_host_or_makes_a_link_of_a_name(
    company: Pipeline, hostile: Pipeline, page: Page
) -> None:
    asked: list[str] = []
    ((category,),) = company.warehouse("select min(categoria) from mart.dash_vendas")
    page.on("request", lambda r: asked.append(r.url) if OUTSIDE in r.url else None)
    with served(hostile, {}) as base:
        for path in app.PAGES:
            opened(page, f"{base}/{'' if path == 'visao_geral' else path}?{YEAR}")
            assert page.locator(MADE).count() == 0, path
            assert page.title() != "1"
            tabs = page.get_by_text("Tabela", exact=True)
            for number in range(min(tabs.count(), 2)):
                tabs.nth(number).click()
                settled(page)
            assert page.locator(MADE).count() == 0, path
        # What is filtered by is shown too, and drilled into.
        chosen = quote(formats.option(f"{HOSTILE} {category}"))
        opened(page, f"{base}/vendas_e_margem?{YEAR}&categoria={chosen}")
        assert page.locator(".dw-chips span").first.inner_text().startswith("Categoria: ![x]")
        assert page.locator(MADE).count() == 0
    assert asked == []
