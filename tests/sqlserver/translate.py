"""T-SQL as DuckDB's SQL: sqlglot's translation, and what it lacks."""

import re
from typing import Any

import sqlglot
from sqlglot import exp

HINTS = re.compile(r"with \((?:tablock|nolock)\)", re.IGNORECASE)
# What makes `+` join texts.
TEXTS = (exp.National, exp.Chr, exp.DPipe)


def translated(statement: str, variables: dict[str, Any]) -> exp.Expression:
    """A statement of T-SQL as a tree that DuckDB's SQL can be made of."""
    tree = sqlglot.parse_one(HINTS.sub("", statement), dialect="tsql")
    # Leaves first, so that what stands in the place of a node has been seen already.
    for node in reversed(list(tree.walk())):
        found = rewritten(node, variables)
        if found is not node:
            node.replace(found)
    return tree


def rewritten(node: exp.Expression, variables: dict[str, Any]) -> Any:
    """A node of T-SQL as DuckDB knows it."""
    match node:
        case exp.Collate():
            return node.this
        case exp.Parameter() if f"@{node.name}" in variables:
            return exp.convert(variables[f"@{node.name}"])
        case exp.Like(expression=exp.Literal(this=pattern)) if "[" in pattern:
            pattern = f"^{pattern.replace('%', '.*')}$"
            return exp.RegexpLike(this=node.this, expression=exp.Literal.string(pattern))
        case exp.Anonymous() if node.name.lower() == "switchoffset":
            return node.expressions[0]
        case exp.Cast(this=exp.Substring(this=exp.MD5()) as head):
            digits = 2 * int(head.args["length"].name)
            return sqlglot.parse_one(
                f"cast('0x' || left({head.this.sql('duckdb')}, {digits}) as ubigint)",
                dialect="duckdb",
            )
        case exp.Convert() | exp.Cast() if _type(node).this in exp.DataType.TEXT_TYPES:
            # Where it is cut to its length.
            length = _type(node).expressions[0].name if _type(node).expressions else "max"
            value = node.expression if isinstance(node, exp.Convert) else node.this
            cast = exp.cast(value, "text")
            cut = exp.Left(this=cast, expression=exp.Literal.number(length))
            return cut if length.isdigit() else cast
        case exp.Add() if any(
            isinstance(part, TEXTS) or part.is_string for part in node.args.values()
        ):
            return exp.DPipe(this=node.this, expression=node.expression)
        case exp.BitwiseAnd() if not isinstance(node.parent, exp.Cast):
            return exp.cast(node, "bigint", copy=True)
        case exp.DataType(this=exp.DataType.Type.BIT):
            return exp.DataType.build("boolean")
        case exp.DataType() if node.this in exp.DataType.TEXT_TYPES and isinstance(
            node.parent, exp.ColumnDef
        ):
            return exp.DataType.build("text")
        case exp.Table():
            node.set("hints", None)
            node.set("catalog", None)
            if node.name == "TABLE_PRIVILEGES":
                return exp.to_table("sys.privileges")
            if node.name.startswith("#"):
                node.set("db", None)
                node.set("this", exp.to_identifier(node.name.replace("#", "temp_")))
        case exp.Select():
            node.set("options", None)
    return node


def _type(node: exp.Expression) -> exp.DataType:
    """What a CAST or CONVERT makes."""
    kind: exp.DataType = node.this if isinstance(node, exp.Convert) else node.args["to"]
    return kind
