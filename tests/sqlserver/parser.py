"""Microsoft's parser of T-SQL, offline: a batch as its statements."""

import os
import sys
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.conftest import ROOT

TOOL = Path(os.environ.get("DW_SHARED_TOOLS", ROOT.parent / "shared" / "tools")) / "tsql_check.py"


@cache
def load() -> ModuleType:
    """The checker, whose classes hold the parser."""
    spec = spec_from_file_location("tsql_check", TOOL)
    assert spec and spec.loader
    module = module_from_spec(spec)
    sys.modules["tsql_check"] = module
    spec.loader.exec_module(module)
    return module


class SyntaxProblemError(Exception):
    """What SQL Server's grammar says against a batch."""


class Parser:
    """Parses batches."""

    def __init__(self) -> None:
        self._tool = load()

    def statements(self, batch: str) -> list[Any]:
        """The statements of a batch, as ScriptDom's nodes. Raises SyntaxProblemError."""
        source = self._tool.Source("batch", batch)
        if source.findings:
            problems = "; ".join(str(finding) for finding in source.findings)
            raise SyntaxProblemError(f"{problems} in:\n{batch}")
        found: list[Any] = source.statements
        return found

    def kind(self, node: Any) -> str:
        """The class of a node, such as ``SelectStatement``."""
        name: str = self._tool.kind(node)
        return name


def text(node: Any) -> str:
    """The SQL of a node."""
    tokens = node.ScriptTokenStream
    span = range(node.FirstTokenIndex, node.LastTokenIndex + 1)
    return "".join(str(tokens[i].Text or "") for i in span)
