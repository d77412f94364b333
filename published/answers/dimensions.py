"""What people filter by: each dimension that dbt's semantic layer declares a filter, once.

Filters, the API's parameters, the sidebar, the rules of access and the smoke test follow from it.
"""

from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from core.environment import ROOT
from core.errors import LoaderError

SEMANTIC = ROOT / "dbt_project" / "models" / "semantic"


class FilterDeclarationError(LoaderError):
    """The semantic layer declares a filter twice, or in words that nothing can be made of."""


class Filterable(BaseModel):
    """``config: meta: filter:`` of a dimension."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    position: int
    """Its place among the filters, on pages and in the API."""
    parameter: str
    """What URLs of the API call it."""
    folded: bool = False
    """Whether it waits in the sidebar's fold, since clicks on charts set it."""


def declared(folder: Path) -> Mapping[str, Filterable]:
    """The filters by the names of their dimensions, in order. Raises FilterDeclarationError."""
    found: dict[str, Filterable] = {}
    for path in sorted(folder.glob("*.yml")):
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        for model in content.get("semantic_models", ()):
            for dimension in model["dimensions"]:
                about = dimension.get("config", {}).get("meta", {}).get("filter")
                if about is None:
                    continue
                name = dimension["name"]
                if name in found:
                    raise FilterDeclarationError(f"{path}: {name} is declared a filter elsewhere")
                try:
                    found[name] = Filterable.model_validate(about)
                except ValidationError as error:
                    reason = " ".join(str(error).split())
                    raise FilterDeclarationError(f"{path}: filter of {name}: {reason}") from None
    for kind in ("position", "parameter"):
        if len({getattr(about, kind) for about in found.values()}) < len(found):
            raise FilterDeclarationError(f"{folder}: two filters have the same {kind}")
    return dict(sorted(found.items(), key=lambda item: item[1].position))


FILTERABLE = declared(SEMANTIC)
DIMENSIONS = tuple(FILTERABLE)
"""The dimensions that can be filtered by."""
