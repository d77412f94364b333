"""Each page as its reader gets it: its numbers are those of plain SQL on the warehouse."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import app
from dashboards.parts import formats
from dashboards.parts.formats import integer, money, percent
from published import versions
from published.answers.query import Data
from published.versions import OpenIncident, OpenIncidents
from tests.conftest import Pipeline

pytestmark = pytest.mark.slow

PAGE = """
from dashboards import app
from dashboards.parts import sidebar, theme
from published.answers.query import Data
from core.settings import Settings

theme.apply()
app.PAGES[{path!r}][2](sidebar.view(Data.current(Settings().data_dir)))
"""
YEAR = {"periodo": "Este ano"}
SALES_2025 = "fact.fact_vendas where data_id between 20250101 and 20251231"

Open = Callable[..., AppTest]


@pytest.fixture
def open_page(company: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Open a page of the company's dashboards, under what its URL says."""
    monkeypatch.setenv("DW_DATA_DIR", str(company.folder))

    def open_(path: str, **query: Any) -> AppTest:
        test = AppTest.from_string(PAGE.format(path=path), default_timeout=60)
        for name, value in {**YEAR, **query}.items():
            test.query_params[name] = value
        test.run()
        assert not test.exception, test.exception
        return test

    yield open_


def words(test: AppTest) -> str:
    """All that is written on a page outside of tables and charts."""
    html = " ".join(part.proto.body for part in test.get("html"))
    return " ".join([html, *(part.value for part in (*test.markdown, *test.caption, *test.info))])


def table(test: AppTest, heading: str) -> pd.DataFrame:
    """The table that has this heading, which may lie behind a chart."""
    for key in list(test.session_state):
        if str(key).endswith("_vista"):
            test.session_state[key] = "Tabela"
    test.run()
    return next(part.value for part in test.dataframe if heading in part.value.columns)


@pytest.mark.parametrize("path", app.PAGES)
def test_every_page_opens_and_says_where_its_data_ends(open_page: Open, path: str) -> None:
    test = open_page(path)
    assert not test.error
    assert "Dados até **31/12/2025**" in words(test)
    assert app.PAGES[path][0] in words(test)


def test_sales_equal_plain_sql(company: Pipeline, open_page: Open) -> None:
    test = open_page("vendas_e_margem")
    ((revenue, margin, orders, items, gross, discounts),) = company.warehouse(
        "select sum(valor_total_liquido), sum(valor_total_liquido - custo_total),"
        " count(distinct pedido_id), sum(quantidade_vendida), sum(valor_total_bruto),"
        f" sum(valor_total_descontos) from {SALES_2025}"
    )
    ((last_year,),) = company.warehouse(
        f"select sum(valor_total_liquido) from {SALES_2025.replace('2025', '2024')}"
    )
    page = words(test)
    for value in (money(revenue), money(margin), percent(margin / revenue), integer(orders),
                  money(revenue / orders), integer(items), percent(discounts / gross)):  # fmt: skip
        assert f"<strong>{value}</strong>" in page
    assert percent(abs(revenue / last_year - 1)) in page
    by_category = dict(
        company.warehouse(
            "select p.categoria, sum(v.valor_total_liquido) from fact.fact_vendas as v"
            " join dim.dim_produto as p on v.produto_id = p.produto_id"
            " where v.data_id between 20250101 and 20251231 group by p.categoria"
        )
    )
    shown = table(test, "Categoria")
    assert dict(zip(shown["Categoria"], shown["Receita líquida"], strict=True)) == by_category
    by_state = dict(
        company.warehouse(
            "select r.estado, sum(v.valor_total_liquido) from fact.fact_vendas as v"
            " join dim.dim_regiao as r on v.regiao_id = r.regiao_id"
            " where v.data_id between 20250101 and 20251231 group by r.estado"
        )
    )
    shown = table(test, "Estado")
    sold = shown[shown["Receita líquida"].notna()]
    assert dict(zip(sold["Estado"], sold["Receita líquida"], strict=True)) == by_state
    assert list(sold["Receita líquida"]) == sorted(sold["Receita líquida"], reverse=True)
    assert shown["Receita líquida (01/01 – 31/12/2024)"].sum() == last_year


def test_filters_of_the_url_restrict_the_page(company: Pipeline, open_page: Open) -> None:
    test = open_page("vendas_e_margem", estado=["SP", "RJ"])
    ((revenue,),) = company.warehouse(
        "select sum(v.valor_total_liquido) from fact.fact_vendas as v"
        " join dim.dim_regiao as r on v.regiao_id = r.regiao_id"
        " where v.data_id between 20250101 and 20251231 and r.estado in ('SP', 'RJ')"
    )
    assert f"<strong>{money(revenue)}</strong>" in words(test)
    assert "Estado: SP, RJ" in words(test)
    test.multiselect(key="estado").set_value([]).run()
    assert f"<strong>{money(revenue)}</strong>" not in words(test)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"estado": ["XX", "SP"]}, "Estado**: XX"),
        ({"periodo": "Escolher datas", "inicio": "1999-01-01", "fim": "1999-01-31"}, "De**: 1999"),
        ({"periodo": "Este século"}, "Período**: Este século"),
    ],
)
def test_a_link_to_what_is_not_there_says_so_and_shows_nothing(
    company: Pipeline, monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any], said: str
) -> None:
    monkeypatch.setenv("DW_DATA_DIR", str(company.folder))
    test = AppTest.from_string("from dashboards import app\napp.main()", default_timeout=60)
    for name, value in asked.items():
        test.query_params[name] = value
    test.run()
    for _ in range(2):
        assert not test.exception
        assert any(said in part.value.replace("\\", "") for part in test.warning)
        assert "<strong>" not in words(test) and not test.dataframe
        # Streamlit has taken it out of the address by now.
        test.run()
    test.button[0].click().run()
    if "estado" in asked:
        assert "<strong>" in words(test)


def test_what_changes_the_view_is_in_the_address(open_page: Open) -> None:
    sales = open_page("vendas_e_margem", grao="Semana", tendencia_vista="Tabela")
    weeks = next(part.value for part in sales.dataframe if "Período" in part.value.columns)
    assert 52 <= len(weeks) <= 54
    teams = open_page("metas", equipe_de="Equipe de hoje")
    assert "Equipe de hoje" in table(teams, "Equipe de hoje").columns


def test_what_a_filter_cannot_apply_to_is_said(open_page: Open) -> None:
    test = open_page("metas", categoria=["Moda"])
    assert "Sem efeito aqui: Categoria" in words(test)


def test_targets_equal_plain_sql(company: Pipeline, open_page: Open) -> None:
    test = open_page("metas")
    ((target, actual),) = company.warehouse(
        "select sum(valor_meta), sum(valor_realizado) from fact.fact_metas"
        " where tipo_periodo = 'Mensal' and data_id between 20250101 and 20251231"
    )
    page = words(test)
    for value in (money(target), money(actual), percent(actual / target), money(target - actual)):
        assert f"<strong>{value}</strong>" in page
    sellers = company.warehouse(
        "select v.nome_vendedor, sum(m.valor_realizado) * 100 / sum(m.valor_meta) as pct"
        " from fact.fact_metas as m join dim.dim_vendedor as v on m.vendedor_id = v.vendedor_id"
        " where m.tipo_periodo = 'Mensal' and m.data_id between 20250101 and 20251231"
        " group by v.nome_vendedor order by pct desc, v.nome_vendedor"
    )
    shown = table(test, "Vendedor")
    assert list(shown["Vendedor"]) == [name for name, _ in sellers]
    assert list(shown["Posição"]) == list(range(1, len(sellers) + 1))
    ((days,),) = company.warehouse(
        "select count(*) from dim.dim_data where data_id between 20251201 and 20251231"
        " and eh_dia_util"
    )
    assert f"dez/25: {days} dias úteis passados, nenhum dia útil restante." in page


def test_a_month_that_runs_is_compared_with_what_is_due(
    company: Pipeline, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = (date(2024, 1, 1), date(2025, 12, 15))
    monkeypatch.setattr(Data, "bounds", lambda self, model: days)
    test = open_page("metas", periodo="Este mês")
    ((due, whole),) = company.warehouse(
        "select sum(valor_total_liquido) filter (data_id <= 20241215), sum(valor_total_liquido)"
        " from fact.fact_vendas where data_id between 20241201 and 20241231"
    )
    share = due / whole
    targets = company.warehouse(
        "select v.nome_vendedor, sum(m.valor_meta), sum(m.valor_realizado)"
        " from fact.fact_metas as m join dim.dim_vendedor as v on m.vendedor_id = v.vendedor_id"
        " where m.tipo_periodo = 'Mensal' and m.data_id between 20251201 and 20251231 group by 1"
    )
    cent = Decimal("0.0001")
    missing = {name: (target * share).quantize(cent) - sold for name, target, sold in targets}
    page = words(test)
    assert "Esperado até 15/12/2025" in page and "vs." not in page
    behind = sum(amount > 0 for amount in missing.values())
    assert f"<strong>{behind} de {len(missing)}</strong>" in page
    shown = table(test, "Falta do esperado")
    for name, amount in zip(shown["Vendedor"], shown["Falta do esperado"], strict=True):
        assert abs(amount - missing[name]) <= cent
    assert list(shown["Falta do esperado"]) == sorted(shown["Falta do esperado"], reverse=True)


def test_two_numbers_of_two_pages_say_why(company: Pipeline, open_page: Open) -> None:
    ((sold,),) = company.warehouse(f"select sum(valor_total_liquido) from {SALES_2025}")
    ((actual,),) = company.warehouse(
        "select sum(valor_realizado) from fact.fact_metas"
        " where tipo_periodo = 'Mensal' and data_id between 20250101 and 20251231"
    )
    said = [part.value for part in open_page("metas").caption if "sem meta" in part.value]
    assert (len(said) == 1) == (sold != actual)
    assert all(money(n) in said[0] for n in (sold, actual, sold - actual)), said


def test_teams_of_the_time_and_of_today(company: Pipeline, open_page: Open) -> None:
    today = "coalesce(e.nome_equipe, 'Não informado')"
    expected = dict(
        company.warehouse(
            f"select {today}, sum(m.valor_realizado) from fact.fact_metas as m"
            " join dim.dim_vendedor as e on m.vendedor_id = e.vendedor_id"
            " where m.tipo_periodo = 'Mensal' and m.data_id between 20250101 and 20251231"
            " group by e.nome_equipe"
        )
    )
    test = open_page("metas")
    assert "Equipe" in table(test, "Equipe").columns
    test.session_state["equipe_de"] = "Equipe de hoje"
    test.run()
    shown = table(test, "Equipe de hoje")
    assert dict(zip(shown["Equipe de hoje"], shown["Realizado"], strict=True)) == expected


def test_discounts_equal_plain_sql(company: Pipeline, open_page: Open) -> None:
    test = open_page("descontos_e_roi", uso_minimo="10")
    where = "from fact.fact_descontos as f where f.data_id between 20250101 and 20251231"
    ((given, revenue, approved, rejected),) = company.warehouse(
        "select sum(case when desconto_aprovado then valor_desconto_aplicado end),"
        " sum(case when desconto_aprovado then valor_com_desconto end),"
        f" count(*) filter (desconto_aprovado), count(*) filter (not desconto_aprovado) {where}"
    )
    page = words(test)
    for value in (money(given), money(revenue), formats.ratio(revenue / given),
                  formats.ratio((revenue - given) / given), integer(approved), integer(rejected),
                  percent(Decimal(approved) / (approved + rejected))):  # fmt: skip
        assert f"<strong>{value}</strong>" in page
    campaigns = company.warehouse(
        "select d.nome_campanha from fact.fact_descontos as f"
        " join dim.dim_desconto as d on f.desconto_id = d.desconto_id"
        " where f.data_id between 20250101 and 20251231 and f.desconto_aprovado"
        " group by d.nome_campanha having count(*) >= 10"
    )
    assert set(table(test, "Campanha")["Campanha"]) == {name for (name,) in campaigns}


def test_discounts_lead_with_what_decides(company: Pipeline, open_page: Open) -> None:
    ((kept,),) = company.warehouse(
        "select sum(valor_total_liquido - custo_total) / sum(valor_total_descontos)"
        f" from {SALES_2025} and valor_total_descontos > 0"
    )
    test = open_page("descontos_e_roi")
    first = words(test).split("<strong>")[1]
    assert first.startswith(money(Decimal(kept)))
    shown = list(table(test, "Margem por R$ 1 de desconto")["Margem por R$ 1 de desconto"])
    assert shown and shown == sorted(shown)


def test_what_is_too_young_has_no_verdict(open_page: Open) -> None:
    cards = words(open_page("ciclo_de_pedidos", periodo="Últimos 7 dias")).split("class='dw-kpi")
    young = [card for card in cards if "Ainda imaturo" in card]
    assert young and not any("▲" in card or "▼" in card for card in young)
    assert "Ainda imaturo" not in words(open_page("ciclo_de_pedidos", periodo="Ano passado"))


def test_order_cycle_equals_plain_sql(company: Pipeline, open_page: Open) -> None:
    test = open_page("ciclo_de_pedidos")
    ((created, delivered, cancelled, p50, p90),) = company.warehouse(
        "select count(*), count(*) filter (fase_atual = 'Entregue'),"
        " count(*) filter (fase_atual = 'Cancelado'), quantile_disc(duracao_total_horas, 0.5),"
        " quantile_disc(duracao_total_horas, 0.9)"
        " from fact.fact_pedidos where data_id between 20250101 and 20251231"
    )
    page = words(test)
    for value in (integer(created), integer(delivered), integer(cancelled),
                  percent(Decimal(cancelled) / created), formats.hours(p50),
                  formats.hours(p90)):  # fmt: skip
        assert f"<strong>{value}</strong>" in page
    bands = {
        (age, phase): count
        for age, phase, count in company.warehouse(
            "select faixa_idade, fase_atual, pedidos from agg.agg_wip_atual"
        )
    }
    shown = table(test, "Idade")
    keys = zip(shown["Idade"], shown["Fase atual"], strict=True)
    assert dict(zip(keys, shown["Pedidos em andamento"], strict=True)) == bands


def test_overview_equals_plain_sql(company: Pipeline, open_page: Open) -> None:
    test = open_page("visao_geral", periodo="Este mês")
    ((revenue, returned),) = company.warehouse(
        "select sum(valor_total_liquido), sum(quantidade_devolvida) / sum(quantidade_vendida)"
        " from fact.fact_vendas where data_id between 20251201 and 20251231"
    )
    ((late, under_way),) = company.warehouse(
        "select count(*) filter (eh_atrasado), count(*) filter (eh_aberto)"
        " from mart.dash_ciclo_pedidos"
    )
    page = words(test)
    assert f"<strong>{money(revenue)}</strong>" in page
    assert f"<strong>{percent(Decimal(str(returned)))}</strong>" in page
    assert f"<b>{late} de {under_way}</b>" in page


def test_monitor_shows_runs_and_the_account(company: Pipeline, open_page: Open) -> None:
    test = open_page("monitor_etl")
    page = words(test)
    assert "<strong>v1</strong>" in page and "<strong>Sem diferenças</strong>" in page
    account = table(test, "Parcela")
    expected = company.warehouse(
        "select entidade, parcela, sum(linhas) from audit.reconciliation group by all order by all"
    )
    assert list(account[["Entidade", "Parcela", "Linhas"]].itertuples(index=False, name=None)) == [
        (entity, part, rows) for entity, part, rows in expected
    ]
    loads = table(test, "Marca d'água")
    assert len(loads) == 11 and set(loads["Situação"]) == {"Sucesso"}


def test_monitor_shows_what_is_wrong_now_and_what_is_slow(
    company: Pipeline, open_page: Open
) -> None:
    path = company.folder / "published" / versions.INCIDENTS
    (said, *_) = (part.value for part in open_page("monitor_etl").success)
    assert said == "Nenhum incidente aberto."
    before, since = path.read_text(encoding="utf-8"), datetime(2026, 3, 3, 11)
    known = OpenIncident(rule="sla-missed", job="dados de 02/03/2026", since=since)
    found = OpenIncidents(checked_at=since, incidents=[known])
    path.write_text(found.model_dump_json(), encoding="utf-8")
    try:
        test = open_page("monitor_etl")
    finally:
        path.write_text(before, encoding="utf-8")
    assert "SLA não cumprido · dados de 02/03/2026" in words(test)
    assert "desde 03/03/2026 08:00" in words(test)


def test_the_dictionary_finds_by_synonym(open_page: Open) -> None:
    test = open_page("dicionario", procurar="faturamento")
    shown = table(test, "Nome técnico")
    assert list(shown["Nome técnico"]) == ["receita_liquida"]
    assert "staging.order_items.net_amount" in words(test)


def test_a_period_without_sales_says_what_to_do(open_page: Open) -> None:
    test = open_page("vendas_e_margem", periodo="Últimos 7 dias", estado=["AC"],
                     categoria=["Livros e Papelaria"])  # fmt: skip
    assert "Amplie o período ou limpe os filtros" in words(test)


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DW_CUTOFF_MINUTES", "two hours")
    test = AppTest.from_string("from dashboards import app\napp.main()").run()
    assert not test.exception
    assert formats.plain("DW_CUTOFF_MINUTES") in test.error[0].value


def test_nothing_published_says_which_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DW_DATA_DIR", str(tmp_path))
    test = AppTest.from_string("from dashboards import app\napp.main()").run()
    assert not test.exception
    assert "make demo" in words(test)


def test_what_the_data_lacks_is_said_with_its_remedy(
    company: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _copy(company, tmp_path)
    version = versions.current(folder)
    (part,) = version.manifest.tables["mart.feature_gates"].parts
    gates = version.path / part.file
    frame = pd.read_parquet(gates)
    lacking = frame["recurso"] == "custo_margem"
    frame.loc[lacking, ["status", "motivo", "remedio"]] = [
        "not_supported", "10 vendas sem custo.", "Mapeie order_items.cost_amount.",
    ]  # fmt: skip
    frame.to_parquet(gates)
    monkeypatch.setenv("DW_DATA_DIR", str(folder))
    test = AppTest.from_string(PAGE.format(path="vendas_e_margem"), default_timeout=60).run()
    assert not test.exception
    page = words(test)
    assert "Não suportado pelos dados" in page and "Receita líquida" in page
    remedy = formats.plain("Mapeie order_items.cost_amount.")
    assert any(remedy in part.value for part in test.warning)
    assert "Margem bruta" not in table(test, "Categoria").columns


def test_a_new_version_appears_without_a_restart(
    company: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _copy(company, tmp_path)
    monkeypatch.setenv("DW_DATA_DIR", str(folder))
    test = AppTest.from_string(PAGE.format(path="visao_geral"), default_timeout=60).run()
    assert any("Versão v1" in part.value for part in test.markdown)
    published = folder / "published"
    (published / "v1").rename(published / "v2")
    manifest = json.loads((published / "v2" / "manifest.json").read_text(encoding="utf-8"))
    (published / "v2" / "manifest.json").write_text(
        json.dumps({**manifest, "version": 2}), encoding="utf-8"
    )
    (published / "current.json").write_text(
        json.dumps({"current": 2, "kept": [2]}), encoding="utf-8"
    )
    test.run()
    assert not test.exception
    assert any("Versão v2" in part.value for part in test.markdown)


def test_comparisons_say_with_what(open_page: Open) -> None:
    test = open_page("vendas_e_margem", periodo="Últimos 7 dias")
    last = date(2025, 12, 31)
    week = timedelta(7)
    before = formats.period(last - 2 * week + timedelta(1), last - week)
    year = formats.period(date(2024, 12, 25), date(2024, 12, 31))
    assert f"vs. {before}" in words(test) and f"vs. {year}" in words(test)


def _copy(company: Pipeline, folder: Path) -> Path:

    shutil.copytree(company.folder / "published", folder / "published")
    return folder
