"""The definitions of all metrics, taken from dbt's semantic layer and published with the marts.

``metrics.json`` in a version's folder holds what a reader needs to compile any metric over that
version's Parquet: no reader needs dbt, and none types a formula.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import LoaderError

Grain = Literal["day", "week", "month", "quarter", "year"]
Format = Literal["moeda", "percentual", "inteiro", "quantidade", "decimal", "horas"]


class MetricDefinitionError(LoaderError):
    """The semantic layer says something that readers cannot compile."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Offset(_Part):
    """How far back an input looks."""

    count: int
    grain: Grain


class Input(_Part):
    """A metric inside another one's expression, by the name that it has there."""

    metric: str
    alias: str
    offset: Offset | None = None


class Simple(_Part):
    """One measure."""

    type: Literal["simple"] = "simple"
    model: str
    measure: str


class Ratio(_Part):
    """One metric divided by another."""

    type: Literal["ratio"] = "ratio"
    numerator: str
    denominator: str


class Derived(_Part):
    """An SQL expression over other metrics."""

    type: Literal["derived"] = "derived"
    expr: str
    inputs: tuple[Input, ...]


class Cumulative(_Part):
    """One measure from the start of a month, quarter or year to each date."""

    type: Literal["cumulative"] = "cumulative"
    model: str
    measure: str
    to_date: Grain


class Measure(_Part):
    """An aggregate over the rows of a mart."""

    agg: Literal["sum", "count", "count_distinct", "percentile"]
    expr: str
    percentile: Decimal | None = None
    """Of nearest rank, from 0 to 1."""


class Dimension(_Part):
    """A column that metrics can be grouped and filtered by."""

    label: str
    description: str
    gate: str | None = None
    """The feature of ``mart.feature_gates`` that it needs."""


class SemanticModel(_Part):
    """A mart, as metrics see it."""

    label: str
    description: str
    table: str
    """Its name in the warehouse, such as ``mart.dash_vendas``."""
    time: str
    """The date column that periods are of."""
    dimensions: dict[str, Dimension]
    measures: dict[str, Measure]


class Metric(_Part):
    """What people may know about a metric, and how it is computed."""

    label: str
    description: str
    format: Format
    unit: str
    """``fração`` and ``%`` tell whether a percentage is still to be multiplied by 100."""
    owner: str
    direction: Literal["higher", "lower", "neutral"]
    """Which way is better."""
    synonyms: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    """Features of ``mart.feature_gates`` that it needs itself; those of its inputs come on top."""
    reference: str | None = None
    """The hand-written SQL that proves it."""
    definition: Annotated[Simple | Ratio | Derived | Cumulative, Field(discriminator="type")]


class Definitions(BaseModel):
    """Content of ``metrics.json``."""

    models: dict[str, SemanticModel] = {}
    metrics: dict[str, Metric] = {}


def from_dbt(manifest: Mapping[str, Any]) -> Definitions:
    """The semantic layer of dbt's manifest. Raises MetricDefinitionError, naming the culprit."""
    models = {node["name"]: node for node in manifest["semantic_models"].values()}
    owners = {m["name"]: name for name, node in models.items() for m in node["measures"]}
    marts = {node["unique_id"]: node for node in manifest["nodes"].values()}
    return Definitions(
        models={name: _checked(_model, name, node, marts) for name, node in models.items()},
        metrics={
            node["name"]: _checked(_metric, node["name"], node, owners)
            for node in manifest["metrics"].values()
        },
    )


def _checked(convert: Any, name: str, node: Mapping[str, Any], context: Mapping[str, Any]) -> Any:
    try:
        return convert(node, context)
    except (ValidationError, KeyError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise MetricDefinitionError(
            f"readers cannot compile {name} of the semantic layer: {reason}"
        ) from error


def _model(node: Mapping[str, Any], marts: Mapping[str, Any]) -> SemanticModel:
    relation = node["node_relation"]
    (mart,) = (marts[parent] for parent in node["depends_on"]["nodes"])
    return SemanticModel(
        label=node["label"],
        description=node["description"],
        table=f"{relation['schema_name']}.{relation['alias']}",
        time=node["defaults"]["agg_time_dimension"],
        dimensions={
            part["name"]: Dimension(
                label=part["label"],
                description=mart["columns"][part["name"]]["description"],
                gate=part["config"]["meta"].get("gate"),
            )
            for part in node["dimensions"]
            if part["type"] == "categorical"
        },
        measures={
            part["name"]: Measure(
                agg=part["agg"],
                expr=part["expr"] or part["name"],
                percentile=_percentile(part["agg_params"]),
            )
            for part in node["measures"]
        },
    )


def _percentile(parameters: Mapping[str, Any] | None) -> Decimal | None:
    if not parameters or parameters["percentile"] is None:
        return None
    if not parameters["use_discrete_percentile"]:
        raise TypeError("only percentiles of nearest rank are equal on every engine")
    return Decimal(str(parameters["percentile"]))


def _metric(node: Mapping[str, Any], owners: Mapping[str, str]) -> Metric:
    about = dict(node["config"]["meta"])
    gate = about.pop("gate", [])
    return Metric(
        label=node["label"],
        description=node["description"],
        gates=tuple([gate] if isinstance(gate, str) else gate),
        definition=_definition(node, owners),
        **about,
    )


def _definition(
    node: Mapping[str, Any], owners: Mapping[str, str]
) -> Simple | Ratio | Derived | Cumulative:
    parts = node["type_params"]
    measure, inputs = parts["measure"], parts["metrics"]
    used = [p for p in (measure, parts["numerator"], parts["denominator"], *inputs) if p]
    if node["filter"] or any(part["filter"] for part in used):
        raise TypeError("filters belong into the measure's expr")
    match node["type"]:
        case "simple":
            return Simple(model=owners[measure["name"]], measure=measure["name"])
        case "ratio":
            return Ratio(
                numerator=parts["numerator"]["name"], denominator=parts["denominator"]["name"]
            )
        case "derived":
            return Derived(expr=parts["expr"], inputs=tuple(map(_input, inputs)))
        case "cumulative":
            to_date = parts["cumulative_type_params"]
            if to_date["period_agg"] != "last":
                raise TypeError("of a period, a cumulative metric shows the last day")
            return Cumulative(
                model=owners[measure["name"]],
                measure=measure["name"],
                to_date=to_date["grain_to_date"],
            )
        case other:
            raise TypeError(f"metrics of type {other} are not supported")


def _input(part: Mapping[str, Any]) -> Input:
    if part["offset_to_grain"]:
        raise TypeError("offset_to_grain is not supported")
    window = part["offset_window"]
    return Input(
        metric=part["name"],
        alias=part["alias"] or part["name"],
        offset=window and Offset(count=window["count"], grain=window["granularity"]),
    )
