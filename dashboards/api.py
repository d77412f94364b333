"""The read-only JSON API on the published data: ``make api``, http://127.0.0.1:8502/api/health.

Every answer is a function of the data's version and the URL, which is what its ETag says. Texts are
in Portuguese, decimals are strings, and what the data does not support is never a number.
"""

import os
import sys
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, cast

from anyio import to_thread
from fastapi import Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from core import record
from core.errors import LoaderError
from core.settings import Settings, read_settings
from dashboards.people.hosts import Hosts
from dashboards.people.login import Login
from dashboards.people.users import check
from dashboards.replies import Answers
from published.answers.dimensions import FILTERABLE
from published.answers.filters import Filters
from published.answers.query import Data
from published.answers.semantic import Gate, NotSupportedByDataError, QuestionError, Semantic
from published.metrics import Format, Grain

ROWS = 10_000
"""Rows that one answer may have."""
DIMENSIONS = 4
"""Dimensions that one answer may be grouped by."""
VALUES = 100
"""Values that one filter may have."""

GRAINS: Mapping[str, Grain] = {
    "dia": "day",
    "semana": "week",
    "mes": "month",
    "trimestre": "quarter",
    "ano": "year",
}
PARAMETERS = {about.parameter: name for name, about in FILTERABLE.items()}
"""The dimensions that can be filtered by what URLs call them; others go by their own names."""

# The calendar of the warehouse (dim_data).
Day = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2049, 12, 31))]
Name = Annotated[str, Field(min_length=1, max_length=60)]
Values = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=VALUES)
]


class _KpiQuery(BaseModel):
    """What a metric is asked for; lists by repeating the parameter."""

    model_config = ConfigDict(extra="forbid")

    inicio: Day | None = Field(None, description="Primeiro dia, AAAA-MM-DD.")
    fim: Day | None = Field(None, description="Último dia, inclusive, AAAA-MM-DD.")
    por: Annotated[list[Name], Field(max_length=DIMENSIONS)] = Field(
        [], description=f"Dimensões: {', '.join(PARAMETERS)} …"
    )
    grao: Literal["dia", "semana", "mes", "trimestre", "ano"] | None = Field(
        None, description="Uma linha por período desse tamanho."
    )
    ordem: Literal["chave", "maior", "menor"] = Field(
        "chave", description="Pela chave, ou do maior (menor) valor para o menor (maior)."
    )
    limite: int = Field(1000, ge=1, le=ROWS, description="Número máximo de linhas.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.inicio and self.fim and self.inicio > self.fim:
            raise ValueError("o período termina antes de começar")
        return self

    def filters(self) -> Filters:
        """The period and the names that rows are restricted to."""
        names = {name: tuple(getattr(self, p)) for p, name in PARAMETERS.items()}
        return Filters(inicio=self.inicio, fim=self.fim, **names)


if TYPE_CHECKING:
    KpiQuery = _KpiQuery
else:
    KpiQuery = create_model(
        "KpiQuery",
        __base__=_KpiQuery,
        __module__=__name__,
        __doc__=_KpiQuery.__doc__,
        **{parameter: (Values, []) for parameter in PARAMETERS},
    )


class Feature(BaseModel):
    """Whether the data supports a feature, and if not, why and what would help."""

    model_config = ConfigDict(from_attributes=True)

    recurso: str
    titulo: str
    cobertura_pct: Decimal | None
    status: str
    motivo: str | None
    remedio: str | None


class Error(BaseModel):
    """Why there is no answer."""

    erro: Literal[
        "NAO_ENCONTRADO",
        "PARAMETRO_INVALIDO",
        "NOT_SUPPORTED_BY_DATA",
        "NADA_PUBLICADO",
        "SEM_LOGIN",
        "SEM_ACESSO",
        "MUITAS_TENTATIVAS",
        "OCUPADO",
    ]
    mensagem: str
    recurso: Feature | None = None
    """What the data does not support."""


class Health(BaseModel):
    """The version that answers."""

    versao: int
    publicada_em: datetime
    idade_segundos: int
    linhas: int
    recursos: list[Feature]


class MetricInfo(BaseModel):
    """A metric and what it may be asked by."""

    nome: str
    rotulo: str
    descricao: str
    formato: Format
    unidade: str
    responsavel: str
    melhor: Literal["higher", "lower", "neutral"]
    sinonimos: list[str]
    dimensoes: list[str]
    nao_suportada: Feature | None


class Metrics(BaseModel):
    """All metrics of the version."""

    versao: int
    metricas: list[MetricInfo]


class Answer(BaseModel):
    """A metric's values: decimals as strings, counts as integers, null where there is none."""

    kpi: str
    rotulo: str
    formato: Format
    unidade: str
    versao: int
    ressalvas: list[Feature]
    """What the data supports in part."""
    linhas: list[dict[str, Decimal | int | bool | date | str | None]]
    truncado: bool
    """Whether there are more rows than were asked for."""


class UnknownMetricError(QuestionError):
    """There is no such metric."""


def create() -> FastAPI:
    """The app on the data folder and the users of the settings."""
    try:
        settings = read_settings(Settings)
        check(settings)
    except LoaderError as error:
        sys.stderr.write(f"api: {error}\n")
        sys.exit(error.exit_code)
    record.start(settings.data_dir, "api")
    return on(settings.data_dir, settings.users_file, settings.hosts.split())


def on(data_dir: Path, users_file: Path | None = None, hosts: Collection[str] = ()) -> FastAPI:
    """The app on the versions that are published in a folder, for those who may know them."""
    app = FastAPI(
        title="DW E-commerce",
        description="Métricas comerciais da versão publicada, só para leitura.",
        version="1",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_one_query_per_processor,
    )
    app.add_middleware(Answers, data_dir=data_dir)
    app.add_middleware(Login, users_file=users_file)
    # The last that is added comes first.
    app.add_middleware(Hosts, names=hosts, policy="default-src 'none'; frame-ancestors 'none'")
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(LoaderError, _failed)
    nothing: dict[int | str, dict[str, Any]] = {
        503: {"model": Error, "description": "Nada foi publicado ainda, ou há perguntas demais"}
    }
    unknown: dict[int | str, dict[str, Any]] = {
        401: {"model": Error, "description": "Falta um usuário de DW_USERS_FILE e a sua senha"},
        403: {"model": Error, "description": "O acesso do usuário não inclui dado nenhum"},
        429: {"model": Error, "description": "Muitas tentativas de login"},
    }

    def current(request: Request) -> Data:
        found: Data | None = request.scope["state"].get("data")
        return found or Data.current(data_dir, request.scope["state"].get("access"))

    version = Depends(current)

    @app.get("/api/health", response_model=Health, responses=nothing)
    async def health(request: Request) -> Response:
        """A versão publicada, a sua idade e o que os dados suportam."""
        # On the event loop: those who watch do not wait behind those who ask.
        return _json(_health(current(request)))

    @app.get("/api/metrics", response_model=Metrics, responses={**unknown, **nothing})
    def metrics(data: Data = version) -> Response:
        """Todas as métricas, com as dimensões por que podem ser pedidas."""
        found = [_metric(data.semantic, name) for name in data.semantic.metrics]
        return _json(Metrics(versao=data.version.version, metricas=found))

    @app.get(
        "/api/kpis/{kpi}",
        response_model=Answer,
        responses={
            404: {"model": Error, "description": "A métrica não existe"},
            409: {"model": Error, "description": "Os dados não suportam a métrica"},
            422: {"model": Error, "description": "Um parâmetro não vale"},
            **unknown,
            **nothing,
        },
    )
    def kpi(kpi: Name, query: Annotated[KpiQuery, Query()], data: Data = version) -> Response:
        """Uma métrica, no total, por dimensões ou por período."""
        return _json(_answer(data, kpi, query))

    return app


def _health(data: Data) -> Health:
    manifest = data.version.manifest
    age = datetime.now(UTC) - manifest.created_at
    return Health(
        versao=manifest.version,
        publicada_em=manifest.created_at,
        idade_segundos=int(age.total_seconds()),
        linhas=manifest.rows,
        recursos=[_feature(gate) for gate in data.semantic.gates.values()],
    )


def _answer(data: Data, kpi: str, query: KpiQuery) -> Answer:
    """The answer to a question about a metric. Raises QuestionError."""
    if kpi not in data.semantic.metrics:
        raise UnknownMetricError(f"a métrica '{kpi}' não existe; veja /api/metrics")
    about = data.semantic.metric(kpi)
    by = tuple(dict.fromkeys(PARAMETERS.get(name, name) for name in query.por))
    filters = query.filters()
    order = {"maior": [f"-{kpi}"], "menor": [kpi]}.get(query.ordem, [])
    rows = data.query(
        [kpi],
        by=by,
        grain=GRAINS[query.grao] if query.grao else None,
        filters=filters,
        order_by=order,
        limit=query.limite + 1,
    )
    return Answer(
        kpi=kpi,
        rotulo=about.label,
        formato=about.format,
        unidade=about.unit,
        versao=data.version.version,
        ressalvas=[
            _feature(gate)
            for gate in data.semantic.gates_of(kpi, [*by, *filters.names])
            if gate.status == "degraded"
        ],
        linhas=rows.slice(0, query.limite).to_pylist(),
        truncado=rows.num_rows > query.limite,
    )


@asynccontextmanager
async def _one_query_per_processor(_: FastAPI) -> AsyncIterator[None]:
    """More of them would take the time of those who only wait for a kept answer."""
    to_thread.current_default_thread_limiter().total_tokens = os.cpu_count() or 1
    yield


def _feature(gate: Gate) -> Feature:
    return Feature.model_validate(gate)


def _metric(semantic: Semantic, name: str) -> MetricInfo:
    about = semantic.metric(name)
    missing = [gate for gate in semantic.gates_of(name) if gate.status == "not_supported"]
    return MetricInfo(
        nome=name,
        rotulo=about.label,
        descricao=about.description,
        formato=about.format,
        unidade=about.unit,
        responsavel=about.owner,
        melhor=about.direction,
        sinonimos=list(about.synonyms),
        dimensoes=list(semantic.dimensions(name)),
        nao_suportada=_feature(missing[0]) if missing else None,
    )


def _json(content: BaseModel, status: int = 200) -> Response:
    return Response(content.model_dump_json(), status, media_type="application/json")


def _failed(_: Request, error: Exception) -> Response:
    match error:
        case NotSupportedByDataError(gate=gate):
            missing = _feature(gate)
            text = str(error)
            return _json(Error(erro="NOT_SUPPORTED_BY_DATA", mensagem=text, recurso=missing), 409)
        case UnknownMetricError():
            return _json(Error(erro="NAO_ENCONTRADO", mensagem=str(error)), 404)
        case QuestionError():
            return _json(Error(erro="PARAMETRO_INVALIDO", mensagem=str(error)), 422)
        case _:
            message = "nada foi publicado ainda, ou a versão está danificada; execute `dw run`"
            return _json(Error(erro="NADA_PUBLICADO", mensagem=message), 503)


def _invalid(_: Request, error: Exception) -> Response:
    problems = cast(RequestValidationError, error).errors()
    text = "; ".join(f"{problem['loc'][-1]}: {_reason(problem)}" for problem in problems)
    return _json(Error(erro="PARAMETRO_INVALIDO", mensagem=text), 422)


def _reason(problem: Mapping[str, Any]) -> str:
    """What is wrong with a parameter, in Portuguese."""
    context = problem.get("ctx", {})
    match problem["type"]:
        case "extra_forbidden":
            return "este parâmetro não existe"
        case "greater_than_equal":
            return f"o mínimo é {context['ge']}"
        case "less_than_equal":
            return f"o máximo é {context['le']}"
        case "string_too_short":
            return "não pode ser vazio"
        case "string_too_long":
            return f"tem mais de {context['max_length']} caracteres"
        case "too_long":
            return f"tem mais de {context['max_length']} valores"
        case "literal_error":
            return f"use {context['expected'].replace(' or ', ' ou ')}"
        case "int_parsing" | "int_parsing_size":
            return "use um número inteiro"
        case "value_error":
            return str(context["error"])
        case kind if kind.startswith("date"):
            return "use uma data AAAA-MM-DD"
        case _:
            return str(problem["msg"])
