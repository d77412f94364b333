"""Login and row-level rules: what a person may not see is nowhere, whatever the URL says."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import LoaderError
from core.settings import Settings
from dashboards.parts import tables
from dashboards.parts.tables import READER, ShownTable
from dashboards.parts.view import View
from dashboards.people import access, sessions, users
from published.answers.filters import Filters
from published.answers.query import Data
from published.answers.semantic import NotApplicableError
from tests.conftest import ROOT, Pipeline
from tests.dashboards.test_pages import table, words

APP = "from dashboards import app\napp.main()"
TEAM = "Equipe Sul 02"
PASSWORD = "quatro cavalos verdes correm"  # noqa: S105


def add(file: Path, name: str, password: str, *only: str) -> subprocess.CompletedProcess[str]:
    rules = [part for rule in only for part in ("--only", rule)]
    return subprocess.run(
        [sys.executable, "-m", "dashboards.people.users", name, *rules], cwd=ROOT, text=True,
        input=password, capture_output=True,
        env={"DW_USERS_FILE": str(file), "PYTHONPATH": str(ROOT), "PATH": ""},
    )  # fmt: skip


def test_passwords_are_hashed_and_verified(tmp_path: Path) -> None:
    file = tmp_path / "users.yml"
    done = add(file, "ana", PASSWORD, f"nome_equipe={TEAM}")
    assert done.returncode == 0, done.stderr
    assert PASSWORD not in file.read_text(encoding="utf-8") and file.stat().st_mode & 0o077 == 0
    known = users.read(file)
    assert known["ana"].only == Filters(nome_equipe=(TEAM,))
    assert users.verified(known, "ana", PASSWORD)
    assert not users.verified(known, "ana", "")
    assert not users.verified(known, "eva", PASSWORD) and not users.verified(known, "eva", "")
    wrong = add(file, "eva", PASSWORD, "time=Sul")
    assert wrong.returncode == 2 and "nome_equipe" in wrong.stderr


HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("ana: {password: hash-of-ana}", "line 1: the password is no argon2 hash"),
        ("ana:\n  admin: true\n", "line 2: admin: extra inputs are not permitted"),
        ("ana:\n  only: {time: [Sul]}\n", "line 2: only.time: .*dimensions are regiao_pais"),
        ("ana:\n  only: {inicio: 2025-01-01}\n", "line 2: a rule restricts by names, not by days"),
        ("ana: {}\nrui: {}\nana: {}\n", "line 3: 'ana' stands here twice"),
        ("~: {}\n", "line 1: a user's name must be a text"),
        ("12: {}\n", "line 1: a user's name must be a text"),
        ("ana: &x {}\nrui: *x\n", "line 1: anchors and aliases"),
        ("[" * 5000, "line 1: more than 20 levels"),
        ("- ana\n", "must have a line"),
        ("ana: 3\n", "line 1: ana: input should be"),
    ],
)
def test_a_file_that_would_not_do_what_it_says_is_refused(
    tmp_path: Path, content: str, told: str
) -> None:
    file = tmp_path / "users.yml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(LoaderError, match=told) as raised:
        users.read(file)
    assert "hash-of-ana" not in str(raised.value)


def test_a_file_in_another_encoding_is_refused_with_the_line(tmp_path: Path) -> None:
    file = tmp_path / "users.yml"
    with pytest.raises(LoaderError, match="does not exist"):
        users.read(file)
    file.write_bytes("ana: {}\njosé: {}\n".encode("latin-1"))
    with pytest.raises(LoaderError, match="line 2: is not in UTF-8"):
        users.read(file)


def test_a_rule_without_a_value_lets_nothing_be_seen(tmp_path: Path) -> None:
    file = tmp_path / "users.yml"
    file.write_text(
        f"ana: {{password: '{HASH}', only: {{regiao_pais: []}}}}\nrui: {{password: '{HASH}'}}\n"
        f"eva: {{only: {{}}}}\n",
        encoding="utf-8",
    )
    known = users.read(file)
    assert {name: user.sees_nothing for name, user in known.items()} == {
        "ana": True, "rui": False, "eva": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("segredo", "at least 12 characters"),
        ("senhasenhasenha", "among the first"),
        ("ana.maria2024", "among the first"),
        ("qwertyuiop123", "among the first"),
    ],
)
def test_passwords_that_anybody_would_try_are_refused(
    tmp_path: Path, password: str, told: str
) -> None:
    done = add(tmp_path / "users.yml", "ana.maria@example.com", password)
    assert done.returncode == 2 and told in done.stderr and password not in done.stderr
    assert not (tmp_path / "users.yml").exists()


def test_writers_of_the_file_wait_for_each_other(tmp_path: Path) -> None:
    file = tmp_path / "users.yml"
    names = [f"pessoa{number}" for number in range(4)]
    with ThreadPoolExecutor() as pool:
        codes = [done.returncode for done in pool.map(lambda n: add(file, n, PASSWORD), names)]
    assert codes == [0] * 4
    assert sorted(users.read(file)) == names


def test_elsewhere_without_login_is_warned_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DW_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(access, "listens_at_home", lambda: False)
    test = AppTest.from_string(APP).run()
    assert "não pede login" in test.warning[0].value
    monkeypatch.setattr(access, "listens_at_home", lambda: True)
    assert not AppTest.from_string(APP).run().warning


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, str], None]:
    """Have the browser send the cookie of a user."""

    def sign(file: Path, name: str) -> None:
        monkeypatch.setenv("DW_USERS_FILE", str(file))
        cookie = sessions.of("").open(name, users.read(file)[name])
        monkeypatch.setattr(access, "cookie", lambda: cookie)

    return sign


@pytest.mark.slow
def test_nothing_is_shown_without_a_login(
    company: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    signed: Callable[[Path, str], None],
) -> None:  # fmt: skip
    file = tmp_path / "users.yml"
    add(file, "ana", PASSWORD, f"nome_equipe={TEAM}")
    monkeypatch.setenv("DW_DATA_DIR", str(company.folder))
    signed(file, "ana")
    # A link to what is another team's shows nothing, of anybody.
    linked = AppTest.from_string(APP, default_timeout=60)
    linked.query_params["nome_equipe"] = "Equipe Sudeste 01"
    linked.run()
    assert not linked.exception and not linked.dataframe and not linked.metric
    assert linked.multiselect(key="nome_equipe").options == [TEAM]
    test = AppTest.from_string(APP, default_timeout=60).run()
    assert not test.exception
    assert set(table(test, "Equipe")["Equipe"]) == {TEAM}
    assert f"acesso: {TEAM}" in words(test)
    # Under whose name exports are recorded.
    assert test.session_state[READER] == "ana"
    # A new password, a name that is gone, a forged cookie, none: each ends what was open.
    add(file, "ana", f"{PASSWORD} e voltam")
    for cookie in (None, "", "None", "forjado", access.cookie()):
        monkeypatch.setattr(access, "cookie", lambda cookie=cookie: cookie)
        test = AppTest.from_string(APP, default_timeout=60).run()
        assert "Receita" not in words(test) and not test.dataframe and not test.multiselect


@pytest.mark.slow
def test_who_may_see_nothing_sees_nothing(
    company: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    signed: Callable[[Path, str], None],
) -> None:  # fmt: skip
    file = tmp_path / "users.yml"
    file.write_text(f"ana: {{password: '{HASH}', only: {{regiao_pais: []}}}}\n", encoding="utf-8")
    monkeypatch.setenv("DW_DATA_DIR", str(company.folder))
    signed(file, "ana")
    test = AppTest.from_string(APP, default_timeout=60).run()
    assert "não inclui dado nenhum" in test.error[0].value and not test.dataframe


@pytest.mark.slow
def test_a_rule_of_a_value_that_is_not_there_is_refused_at_start(
    company: Pipeline, tmp_path: Path
) -> None:
    file = tmp_path / "users.yml"
    file.write_text("ana:\n  only: {regiao_pais: [Sull, Sul]}\n", encoding="utf-8")
    settings = Settings(data_dir=company.folder, users_file=file)
    with pytest.raises(LoaderError, match=r"line 2: the rule of ana names regiao_pais=Sull, which"):
        users.check(settings)


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
    exported = tables.as_csv(
        ShownTable.of(view, found, ["receita_liquida"], ["nome_equipe"])
    ).decode()
    assert TEAM in exported and exported.count("Equipe ") == 1
    assert view.data.business_days(bounds[1], bounds[1]) == 1


@pytest.mark.slow
def test_a_rule_by_region_does_not_break_pages_that_know_none(
    company: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    signed: Callable[[Path, str], None],
) -> None:  # fmt: skip
    file = tmp_path / "users.yml"
    add(file, "rui", PASSWORD, "regiao_pais=Sul")
    monkeypatch.setenv("DW_DATA_DIR", str(company.folder))
    signed(file, "rui")
    test = AppTest.from_string(APP, default_timeout=60).run()
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
