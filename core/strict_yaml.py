"""YAML that people write by hand, read strictly: what a loose reader would take is refused.

No aliases (a few lines of them become gigabytes), no deep nesting (it ends the process), no name
twice (the last would win), nothing but UTF-8; each with its line.
"""

from pathlib import Path
from typing import Any

import yaml

from core.errors import UsageError

DEPTH = 20
"""How deep lists and mappings may stand in each other."""
LARGEST = 4 * 2**20
"""Bytes of a file."""


class YamlError(UsageError):
    """A file that is not read; ``problem`` says why without naming it."""

    def __init__(self, path: Path, problem: str, line: int | None = None) -> None:
        self.problem = problem if line is None else f"line {line}: {problem}"
        super().__init__(f"{path}{'' if line is None else f', line {line}'}: {problem}")


class Lines(dict[str, Any]):
    """A mapping whose names are known by the line, from 1, that they stand in."""

    def __init__(self) -> None:
        super().__init__()
        self.line_of: dict[Any, int] = {}


class _Loader(yaml.SafeLoader):
    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _error("anchors and aliases (& and *) are not read here", event.start_mark)
        if self.depth >= DEPTH:
            raise _error(f"more than {DEPTH} levels in each other", event.start_mark)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


def _error(problem: str, mark: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Lines:
    found = Lines()
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if isinstance(key, list | dict):
            raise _error("a name must be a text", key_node.start_mark)
        if key in found:
            raise _error(f"{key!r} stands here twice", key_node.start_mark)
        found.line_of[key] = key_node.start_mark.line + 1
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read(path: Path) -> Any:
    """The content of a file; mappings are :class:`Lines`.

    Raises OSError, and YamlError, of one line, for what is not read.
    """
    if path.stat().st_size > LARGEST:
        raise YamlError(path, f"is larger than {LARGEST // 2**20} MiB")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise YamlError(path, "is not in UTF-8: save it as UTF-8", line) from error
    try:
        return yaml.load(text, _Loader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # Without the snippet: it may hold a secret.
        where = mark.line + 1 if mark else None
        raise YamlError(path, str(error.problem or error.context), where) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise YamlError(path, "is no YAML that can be read") from error
