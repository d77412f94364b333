"""The dashboards in a real browser: open, filter, drill, export, share a link, on any screen."""

import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.server import running
from dashboards import app
from dashboards.parts.formats import money
from tests.conftest import ROOT, Pipeline
from tests.dashboards.test_access import PASSWORD, add

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium"),
]
WAIT = 60_000
"""Milliseconds that a page may take on a busy machine."""
YEAR = "periodo=Este+ano"


@contextmanager
def served(company: Pipeline, settings: dict[str, str]) -> Iterator[str]:
    """The dashboards on the company's data, listening on a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    streamlit = [sys.executable, "-m", "streamlit", "run"]
    command = [*streamlit, "dashboards/server.py", f"--server.port={port}"]
    environment = {"DW_DATA_DIR": str(company.folder), "PYTHONPATH": str(ROOT), **settings}
    with running(command, f"{base}/_stcore/health", environment):
        yield base


@pytest.fixture(scope="module")
def address(company: Pipeline) -> Iterator[str]:
    with served(company, {}) as base:
        yield base


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, locale="pt-BR")
    yield context.new_page()
    context.close()


def opened(page: Page, url: str) -> None:
    """Open a page and wait until it has drawn its heading and stands still."""
    page.goto(url)
    expect(page.locator(".dw-head h1")).to_be_visible(timeout=WAIT)
    settled(page)


def settled(page: Page) -> None:
    page.wait_for_timeout(500)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=WAIT)


@pytest.mark.parametrize("path", app.PAGES)
def test_every_page_opens_without_an_error(page: Page, address: str, path: str) -> None:
    errors: list[str] = []
    outside: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:", "ws://127"))
            else outside.append(r.url))  # fmt: skip
    # The first page stands at the root.
    opened(page, f"{address}/{'' if path == 'visao_geral' else path}?{YEAR}")
    expect(page.locator(".dw-head h1")).to_have_text(app.PAGES[path][0])
    assert page.get_by_test_id("stException").count() == 0
    assert (errors, outside) == ([], [])


def test_a_click_drills_and_the_link_can_be_shared(
    company: Pipeline, page: Page, browser: Browser, address: str
) -> None:
    opened(page, f"{address}/vendas_e_margem?{YEAR}")
    chart = page.locator("[class*='st-key-painel_Produtos'] .js-plotly-plot")
    chart.locator(".barlayer .point").first.scroll_into_view_if_needed()
    box = chart.locator(".barlayer .point").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_role("heading", name="Produtos: subcategoria")).to_be_visible(timeout=WAIT)
    settled(page)
    assert "categoria=" in page.url
    ((top, revenue),) = company.warehouse(
        "select p.categoria, sum(v.valor_total_liquido) as v from fact.fact_vendas as v"
        " join dim.dim_produto as p on v.produto_id = p.produto_id"
        " where v.data_id between 20250101 and 20251231 group by 1 order by 2 desc limit 1"
    )
    shown = page.locator(".dw-kpi strong").first
    expect(shown).to_have_text(money(revenue))
    other = browser.new_context(locale="pt-BR").new_page()
    opened(other, page.url)
    expect(other.locator(".dw-kpi strong").first).to_have_text(money(revenue))
    expect(other.locator(".dw-chips")).to_contain_text(top)
    page.get_by_role("link", name="Metas").click()
    expect(page.locator(".dw-head h1")).to_have_text("Metas", timeout=WAIT)
    settled(page)
    assert "categoria=" in page.url and "periodo=" in page.url
    page.get_by_role("button", name="Limpar filtros").click()
    expect(page.locator(".dw-chips")).to_have_count(0, timeout=WAIT)


def test_export_saves_what_is_shown(company: Pipeline, page: Page, address: str) -> None:
    opened(page, f"{address}/vendas_e_margem?{YEAR}")
    panel = page.locator("[class*='st-key-painel_Canais']")
    panel.get_by_role("tab", name="Tabela").click()
    with page.expect_download(timeout=WAIT) as download:
        panel.get_by_role("button", name="CSV", exact=True).click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    expected = company.warehouse(
        "select canal_venda, sum(valor_total_liquido) as v from fact.fact_vendas"
        " where data_id between 20250101 and 20251231 group by 1 order by 2 desc"
    )
    assert download.value.suggested_filename == "vendas_e_margem canais 2025-01-01 a 2025-12-31.csv"
    assert [line.split(";")[:2] for line in lines[1:]] == [
        [channel, format(revenue.normalize(), "f").replace(".", ",")]
        for channel, revenue in expected
    ]
    with page.expect_download(timeout=WAIT) as download:
        panel.get_by_role("button", name="Excel", exact=True).click()
    assert download.value.path().read_bytes().startswith(b"PK")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_reads_it_in_either_theme(browser: Browser, address: str, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme=scheme, locale="pt-BR"
    )  # type: ignore[arg-type]
    page = context.new_page()
    opened(page, f"{address}/?{YEAR}")
    wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wide <= 390
    back = page.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    assert (max(map(int, back[4:-1].split(","))) < 64) == (scheme == "dark")
    context.close()


def test_charts_and_controls_have_names(page: Page, address: str) -> None:
    opened(page, f"{address}/?{YEAR}")
    assert page.get_by_role("heading", level=1).count() == 1
    unnamed = page.locator("[data-testid=stPlotlyChart]:not(:has([aria-label]))")
    assert unnamed.count() == 0
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") != "BODY"


def test_a_login_survives_a_reload_and_a_deep_link_and_its_files_are_its_own(
    company: Pipeline, browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "users.yml"
    assert add(file, "ana", PASSWORD, "regiao_pais=Sul").returncode == 0
    with served(company, {"DW_USERS_FILE": str(file)}) as base:
        context = browser.new_context(locale="pt-BR", accept_downloads=True)
        page = context.new_page()
        # A deep link leads through the login to what it names.
        page.goto(f"{base}/vendas_e_margem?{YEAR}")
        expect(page).to_have_title("Entrar · DW E-commerce")
        page.get_by_label("Usuário").fill("ana")
        page.get_by_label("Senha").fill("errada, mas longa")
        page.get_by_role("button", name="Entrar").click()
        expect(page.get_by_role("alert")).to_have_text("Usuário ou senha incorretos.")
        page.get_by_label("Usuário").fill("ana")
        page.get_by_label("Senha").fill(PASSWORD)
        page.get_by_role("button", name="Entrar").click()
        expect(page.locator(".dw-head h1")).to_have_text("Vendas e margem", timeout=WAIT)
        settled(page)
        assert "/vendas_e_margem" in page.url
        page.reload()
        expect(page.locator(".dw-head h1")).to_have_text("Vendas e margem", timeout=WAIT)
        settled(page)
        expect(page.locator("[data-testid=stSidebar] .dw-chips")).to_have_text("acesso: Sul")
        panel = page.locator("[class*='st-key-painel_Estados']")
        panel.scroll_into_view_if_needed()
        panel.get_by_text("Tabela", exact=True).click()
        settled(page)
        # Streamlit's own file is not ours: unescaped, with decimal points.
        expect(page.locator("button[aria-label^='Download as CSV']:visible")).to_have_count(0)
        with page.expect_download(timeout=WAIT) as saved:
            panel.get_by_role("button", name="CSV", exact=True).click()
        assert saved.value.suggested_filename == (
            "vendas_e_margem estados 2025-01-01 a 2025-12-31 (Sul).csv"
        )
        text = Path(saved.value.path()).read_text(encoding="utf-8-sig")
        assert {line[:2] for line in text.splitlines()[1:]} <= {"PR", "RS", "SC"}
        link = saved.value.url
        stranger = browser.new_context()
        assert stranger.request.get(link, max_redirects=0).status in (401, 404)
        page.screenshot(path=tmp_path / "acesso.png")
        page.get_by_role("link", name="Sair (ana)").click()
        expect(page.get_by_role("alert")).to_have_text("Você saiu.")
        page.goto(f"{base}/metas")
        expect(page).to_have_title("Entrar · DW E-commerce")
        stranger.close()
        context.close()
