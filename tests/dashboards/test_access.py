"""Login and row-level rules: what a person may not see is nowhere, whatever the URL says."""

import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import LoaderError
from dashboards.parts import tables
from dashboards.parts.tables import Table
from dashboards.parts.view import View
from dashboards.people import access, users
from published.answers.filters import Filters
from published.answers.query import Data
from published.answers.semantic import NotApplicableError
from tests.conftest import ROOT, Pipeline
from tests.dashboards.test_pages import table, words

APP = "from dashboards import app\napp.main()"
TEAM = "Equipe Sul 02"


def add(file: Path, name: str, password: str, *only: str) -> subprocess.CompletedProcess[str]:
    rules = [part for rule in only for part in ("--only", rule)]
    return subprocess.run(
        [sys.executable, "-m", "dashboards.people.users", name, *rules], cwd=ROOT, text=True,
        input=password, capture_output=True,
        env={"DW_USERS_FILE": str(file), "PYTHONPATH": str(ROOT), "PATH": ""},
    )  # fmt: skip


def test_passwords_are_hashed_and_verified(tmp_path: Path) -> None:
    file = tmp_path / "users.yml"
    done = add(file, "ana", "segredo", f"nome_equipe={TEAM}")
    assert done.returncode == 0, done.stderr
    assert "segredo" not in file.read_text(encoding="utf-8") and file.stat().st_mode & 0o077 == 0
    known = users.read(file)
    assert known["ana"].only == Filters(nome_equipe=(TEAM,))
    assert users.verified(known, "ana", "segredo")
    assert not users.verified(known, "ana", "")
    assert not users.verified(known, "eva", "segredo") and not users.verified(known, "eva", "")
    wrong = add(file, "eva", "x", "time=Sul")
    assert wrong.returncode == 2 and "nome_equipe" in wrong.stderr


def test_a_damaged_file_of_users_is_refused_without_its_content(tmp_path: Path) -> None:
    file = tmp_path / "users.yml"
    with pytest.raises(LoaderError, match="does not exist"):
        users.read(file)
    file.write_text("ana: {password: hash-of-ana, admin: true}", encoding="utf-8")
    with pytest.raises(LoaderError, match="damaged") as raised:
        users.read(file)
    assert "hash-of-ana" not in str(raised.value)


def test_elsewhere_without_login_is_warned_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DW_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(access, "listens_at_home", lambda: False)
    test = AppTest.from_string(APP).run()
    assert "não pede login" in test.warning[0].value
    monkeypatch.setattr(access, "listens_at_home", lambda: True)
    assert not AppTest.from_string(APP).run().warning


@pytest.mark.slow
def test_nothing_is_shown_before_the_login(
    company: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "users.yml"
    add(file, "ana", "segredo", f"nome_equipe={TEAM}")
    monkeypatch.setenv("DW_DATA_DIR", str(company.folder))
    monkeypatch.setenv("DW_USERS_FILE", str(file))
    monkeypatch.setattr(access, "WRONG_SECONDS", 0)
    test = AppTest.from_string(APP, default_timeout=60).run()
    assert "Receita" not in words(test) and not test.dataframe and not test.multiselect
    test.text_input[0].set_value("ana")
    test.text_input[1].set_value("errado")
    test.button[0].click().run()
    assert "incorretos" in test.error[0].value and not test.dataframe
    test.text_input[0].set_value("ana")
    test.text_input[1].set_value("segredo")
    test.query_params["nome_equipe"] = "Equipe Sudeste 01"
    test.button[0].click().run()
    assert not test.exception
    assert test.multiselect(key="nome_equipe").options == [TEAM]
    assert set(table(test, "Equipe")["Equipe"]) <= {TEAM}


@pytest.mark.slow
def test_no_question_url_or_export_goes_round_a_rule(company: Pipeline) -> None:
    mine = Data.current(company.folder, Filters(nome_equipe=(TEAM,)))
    ((expected,),) = company.warehouse(
        "select sum(v.valor_total_liquido) from fact.fact_vendas as v"
        f" join dim.dim_equipe as e on v.equipe_id = e.equipe_id where e.nome_equipe = '{TEAM}'"
    )
    assert mine.total(["receita_liquida"])["receita_liquida"] == expected
    other = Filters(nome_equipe=("Equipe Sudeste 01",))
    assert mine.total(["receita_liquida"], other)["receita_liquida"] is None
    rows = mine.rows("mart.dash_vendas", ["nome_equipe"]).to_pylist()
    assert {row["nome_equipe"] for row in rows} == {TEAM}
    for mart in ("mart.dash_monitor_etl", "agg.agg_vendas_diario", "mart.dash_conciliacao"):
        with pytest.raises(NotApplicableError):
            mine.rows(mart)
    bounds = mine.bounds("vendas")
    assert bounds is not None
    view = View(mine, Filters(inicio=bounds[0], fim=bounds[1]), bounds[1])
    found = view.rows(["receita_liquida"], ["nome_equipe"])
    exported = tables.as_csv(Table.of(view, found, ["receita_liquida"], ["nome_equipe"])).decode()
    assert TEAM in exported and exported.count("Equipe ") == 1
    assert view.data.business_days(bounds[1], bounds[1]) == 1


@pytest.mark.slow
def test_a_rule_by_region_does_not_break_pages_that_know_none(
    company: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "users.yml"
    add(file, "rui", "segredo", "regiao_pais=Sul")
    monkeypatch.setenv("DW_DATA_DIR", str(company.folder))
    monkeypatch.setenv("DW_USERS_FILE", str(file))
    test = AppTest.from_string(APP, default_timeout=60)
    test.session_state["usuario"] = "rui"
    test.run()
    assert not test.exception
    assert set(table(test, "Região")["Região"]) == {"Sul"}
    assert any("Não disponível com os filtros ou o acesso atuais" in i.value for i in test.info)


@pytest.mark.slow
def test_targets_say_why_a_region_has_none(
    company: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DW_DATA_DIR", str(company.folder))
    page = """
from dashboards import app
from dashboards.parts import sidebar
from published.answers.filters import Filters
from published.answers.query import Data
from core.settings import Settings

app.PAGES["metas"][2](sidebar.view(Data.current(Settings().data_dir, Filters({rule}))))
"""
    south = AppTest.from_string(page.format(rule="regiao_pais=('Sul',)"), default_timeout=60).run()
    (said,) = south.info
    assert "restrito por região" in said.value and "por equipe" in said.value
    team = AppTest.from_string(page.format(rule=f"nome_equipe=('{TEAM}',)"), default_timeout=60)
    assert set(table(team.run(), "Equipe")["Equipe"]) == {TEAM}
