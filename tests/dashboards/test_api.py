"""The API as clients see it: numbers, refusals, versions, and whatever a fuzzer thinks of."""

import asyncio
import dataclasses
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dashboards import api
from published.answers.dimensions import DIMENSIONS, FILTERABLE
from published.answers.query import Data
from tests.conftest import ROOT, Pipeline

pytestmark = pytest.mark.slow

Get = Callable[..., httpx.Response]
PASSWORD = "quatro cavalos verdes correm"  # noqa: S105


def client(folder: Path, users_file: Path | None = None) -> Get:
    """A client of the API on a data folder, within this process."""
    app = api.on(folder, users_file, ["api"])

    def get(url: str, **options: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://api") as session:
                return await session.get(url, **options)

        return asyncio.run(ask())

    return get


@pytest.fixture(scope="module")
def get(company: Pipeline) -> Get:
    return client(company.folder)


def test_a_kpi_is_what_plain_sql_says(company: Pipeline, get: Get) -> None:
    rows = company.warehouse(
        """
        select r.regiao_pais, sum(v.valor_total_liquido)
        from fact.fact_vendas as v
        inner join dim.dim_regiao as r on v.regiao_id = r.regiao_id
        where v.canal_venda in ('App', 'Site') and v.data_id between 20250101 and 20250630
        group by r.regiao_pais order by 2 desc, 1
        """
    )
    answer = get(
        "/api/kpis/receita_liquida?inicio=2025-01-01&fim=2025-06-30&por=regiao&canal=App&canal=Site"
        "&ordem=maior"
    ).json()
    found = [(row["regiao_pais"], row["receita_liquida"]) for row in answer["linhas"]]
    assert found == [(region, str(value)) for region, value in rows] and len(rows) > 3
    assert (answer["formato"], answer["unidade"], answer["truncado"]) == ("moeda", "R$", False)


def test_every_metric_answers_in_total_and_by_month(get: Get) -> None:
    names = [metric["nome"] for metric in get("/api/metrics").json()["metricas"]]
    assert len(names) > 50
    for name in names:
        answer = get(f"/api/kpis/{name}?inicio=2025-01-01&fim=2025-12-31&grao=mes&limite=3")
        assert answer.status_code == 200, answer.text
        values = [row[name] for row in answer.json()["linhas"]]
        assert all(value is None or isinstance(value, (int, str)) for value in values)


def test_health_tells_version_age_and_gates(get: Get) -> None:
    health = get("/api/health").json()
    assert health["versao"] == 1
    assert 0 <= health["idade_segundos"] < 24 * 3600
    assert {gate["recurso"] for gate in health["recursos"]} >= {"metas", "comissao"}


@pytest.mark.parametrize(
    ("url", "status", "text"),
    [
        ("nada", 404, "a métrica 'nada' não existe"),
        ("receita_liquida?inicio=ontem", 422, "inicio: use uma data AAAA-MM-DD"),
        ("receita_liquida?inicio=0001-01-01", 422, "inicio: o mínimo é 1990-01-01"),
        ("receita_liquida?inicio=2025-02-01&fim=2025-01-01", 422, "o período termina antes"),
        ("receita_liquida?limite=0", 422, "limite: o mínimo é 1"),
        ("receita_liquida?limite=1000000", 422, "limite: o máximo é 10000"),
        ("receita_liquida?grao=hora", 422, "grao: use 'dia', 'semana'"),
        ("receita_liquida?sabor=doce", 422, "sabor: este parâmetro não existe"),
        ("receita_liquida?por=cpf_cnpj", 422, "a dimensão 'cpf_cnpj' não existe"),
        ("receita_liquida?por=1%3B+drop+table+x", 422, "não existe"),
        ("receita_liquida?campanha=Natal", 422, "não se aplica à métrica 'Receita líquida'"),
        ("receita_liquida?" + "&".join(["canal=App"] * 101), 422, "mais de 100 valores"),
        ("receita_liquida?" + "&".join(["por=canal"] * 5), 422, "mais de 4 valores"),
        (f"receita_liquida?vendedor={'x' * 201}", 422, "mais de 200 caracteres"),
        ("receita_liquida_mes_anterior", 422, "precisa de início e fim"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(get: Get, url: str, status: int, text: str) -> None:
    answer = get(f"/api/kpis/{url}")
    assert answer.status_code == status
    assert text in answer.json()["mensagem"]


def test_a_value_is_never_part_of_the_statement(get: Get) -> None:
    answer = get("/api/kpis/receita_liquida", params={"canal": "App' or '1'='1"})
    assert answer.json()["linhas"] == [{"receita_liquida": None}]


def test_rows_beyond_the_limit_are_told(get: Get) -> None:
    answer = get("/api/kpis/pedidos?por=vendedor&limite=2").json()
    assert len(answer["linhas"]) == 2 and answer["truncado"]


def test_who_has_the_answer_is_not_sent_it_again_until_the_version_changes(
    company: Pipeline, tmp_path: Path
) -> None:
    shutil.copytree(company.folder / "published", tmp_path / "published")
    get = client(tmp_path)
    url = "/api/kpis/receita_liquida?por=categoria"
    etag = get(url).headers["etag"]
    assert get(url + "&limite=2").headers["etag"] != etag
    again = get(url, headers={"if-none-match": etag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)

    folder = tmp_path / "published"
    shutil.copytree(folder / "v1", folder / "v2")
    manifest = folder / "v2" / "manifest.json"
    version = Data.current(tmp_path).version.manifest
    manifest.write_text(
        version.model_copy(update={"version": 2, "run_id": "r2"}).model_dump_json(),
        encoding="utf-8",
    )
    (folder / "new").write_text('{"current": 2, "kept": [1, 2]}', encoding="utf-8")
    (folder / "new").replace(folder / "current.json")
    assert get("/api/health").json()["versao"] == 2
    fresh = get(url, headers={"if-none-match": etag})
    assert fresh.status_code == 200 and fresh.headers["etag"] != etag


def test_each_user_is_answered_under_their_rule(company: Pipeline, tmp_path: Path) -> None:
    file = tmp_path / "users.yml"
    for name, rule in (("ana", ["--only", "regiao_pais=Sul"]), ("rui", [])):
        command = [sys.executable, "-m", "dashboards.people.users", name, *rule]
        subprocess.run(command, input=f"{PASSWORD} {name}", cwd=ROOT, check=True, text=True,
                       env={**os.environ, "DW_USERS_FILE": str(file)})  # fmt: skip
    get = client(company.folder, file)
    url = "/api/kpis/receita_liquida?por=regiao"
    ana, rui = get(url, auth=("ana", f"{PASSWORD} ana")), get(url, auth=("rui", f"{PASSWORD} rui"))
    assert [row["regiao_pais"] for row in ana.json()["linhas"]] == ["Sul"]
    assert len(rui.json()["linhas"]) > 3 and ana.headers["etag"] != rui.headers["etag"]
    own = ("ana", f"{PASSWORD} ana")
    stolen = get(url, auth=own, headers={"if-none-match": rui.headers["etag"]})
    assert stolen.json() == ana.json()
    assert get("/api/kpis/percentual_atingimento", auth=own).status_code == 422
    for wrong in (None, ("ana", f"{PASSWORD} rui"), ("eva", ""), ("ana", "")):
        answer = get(url, auth=wrong)
        assert answer.status_code == 401 and answer.json()["erro"] == "SEM_LOGIN"
        assert "basic" in answer.headers["www-authenticate"].lower()
    assert get(url, headers={"authorization": "Basic ///"}).status_code == 401
    assert get("/api/health").status_code == 200


def test_answering_elsewhere_without_users_is_warned_about_once(
    company: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    client(company.folder)("http://127.0.0.1/api/health")
    assert not caplog.records
    get = client(company.folder)
    for _ in range(2):
        get("http://192.0.2.1/api/health")
    (said,) = caplog.records
    assert "DW_USERS_FILE" in said.message


def test_before_the_first_publication_there_is_a_clear_503(tmp_path: Path) -> None:
    for url in ("/api/health", "/api/metrics", "/api/kpis/receita_liquida"):
        answer = client(tmp_path)(url)
        assert answer.status_code == 503
        assert answer.json()["erro"] == "NADA_PUBLICADO" and "dw run" in answer.json()["mensagem"]


def test_what_the_data_does_not_support_is_no_number(
    company: Pipeline, data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates = data.semantic.gates
    off = dataclasses.replace(
        gates["custo_margem"],
        status="not_supported",
        cobertura_pct=Decimal("12.5000"),
        motivo="875 de 1000 vendas sem custo.",
        remedio="Mapeie order_items.cost_amount.",
    )
    semantic = dataclasses.replace(data.semantic, gates={**gates, "custo_margem": off})
    without = Data(dataclasses.replace(data.opened, semantic=semantic))
    monkeypatch.setattr(Data, "current", lambda *_: without)
    get = client(company.folder)
    answer = get("/api/kpis/margem_pct?por=categoria")
    assert answer.status_code == 409
    assert answer.json()["erro"] == "NOT_SUPPORTED_BY_DATA"
    assert answer.json()["recurso"] == {
        "recurso": "custo_margem",
        "titulo": gates["custo_margem"].titulo,
        "cobertura_pct": "12.5000",
        "status": "not_supported",
        "motivo": "875 de 1000 vendas sem custo.",
        "remedio": "Mapeie order_items.cost_amount.",
    }
    metrics = {metric["nome"]: metric for metric in get("/api/metrics").json()["metricas"]}
    assert metrics["margem_pct"]["nao_suportada"]["recurso"] == "custo_margem"
    assert metrics["receita_liquida"]["nao_suportada"] is None


def test_each_filter_of_the_data_layer_has_a_parameter() -> None:
    fields = api.KpiQuery().filters().model_fields_set - {"inicio", "fim"}
    assert fields == set(DIMENSIONS)
    own = [name for name in api.KpiQuery.model_fields if name not in api.PARAMETERS]
    assert own == ["inicio", "fim", "por", "grao", "ordem", "limite"]
    asked = {about.parameter: [name] for name, about in FILTERABLE.items()}
    found = api.KpiQuery.model_validate(asked).filters()
    assert found.names == {name: (name,) for name in DIMENSIONS}


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_a_fuzzer_finds_no_crash_and_no_undocumented_answer(
    company: Pipeline, data: Data, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_asgi(
        "/api/openapi.json", api.on(company.folder, None, ["testserver"])
    )
    operation = schema["/api/kpis/{kpi}"]["GET"]

    @settings(max_examples=60, derandomize=True, deadline=None, database=None)
    @given(
        case=operation.as_strategy(generation_mode=mode),
        kpi=st.none() | st.sampled_from(sorted(data.semantic.metrics)),
    )
    def answers(case: schemathesis.Case, kpi: str | None) -> None:
        if kpi is not None:
            case.path_parameters["kpi"] = kpi
        case.call_and_validate(
            checks=[
                not_a_server_error,
                status_code_conformance,
                content_type_conformance,
                response_schema_conformance,
            ]
        )

    answers()
