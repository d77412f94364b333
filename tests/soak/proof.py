"""The warehouse against the truth, row by row; the first difference is told in full."""

from collections import Counter
from typing import Any

from tests.soak.company import TABLES, Row
from tests.soak.dw import Content, Pipeline
from tests.soak.truth import (
    HISTORIES,
    History,
    State,
    Table,
    Version,
    dimensions,
    facts,
    histories_seen,
    seen,
)

Histories = dict[str, History]


def assert_true(pipeline: Pipeline, state: State, histories: Histories) -> None:
    """Every history, dimension, fact and aggregate equals the model of the truth."""
    for name, history in histories.items():
        assert_rows(f"history of {name}", history_rows(pipeline, name), history.rows())
    for table, rows in (dimensions(state) | facts(state, histories)).items():
        assert_rows(table, pipeline.records(table), rows)


def assert_reconciled(pipeline: Pipeline) -> None:
    """Staging equals the marts and the explained exclusions, to the last decimal."""
    sums = ("linhas", "soma_chaves", "quantidade", "valor_bruto", "valor_descontos",
            "valor_liquido", "valor_custo")  # fmt: skip
    balance: Counter[tuple[str, int, str]] = Counter()
    for row in pipeline.records("audit.reconciliation"):
        side = 1 if row["parcela"] == "staging" else -1
        for column in sums:
            balance[row["entidade"], row["mes"], column] += side * row[column]
    open_accounts = {account: rest for account, rest in balance.items() if rest}
    assert not open_accounts, f"the reconciliation does not close: {open_accounts}"


def assert_same(incremental: Content, rebuilt: Content) -> None:
    """Two warehouses hold the same rows, all columns."""
    assert incremental.keys() == rebuilt.keys()
    for table, rows in incremental.items():
        ours, theirs = Counter(rows), Counter(rebuilt[table])
        assert ours == theirs, (
            f"{table} is not what a rebuild gives\n only incremental: {list(ours - theirs)}"
            f"\n only rebuilt: {list(theirs - ours)}"
        )


def assert_rows(table: str, found: Table, expected: Table) -> None:
    """The rows found are those expected, in the columns that are expected."""
    columns = sorted(expected[0]) if expected else []
    ours, truth = (Counter(_plain(row, columns) for row in rows) for rows in (found, expected))
    if ours != truth:
        wrong, missing = list((ours - truth).elements()), list((truth - ours).elements())
        pairs = zip(wrong, missing, strict=False)
        differ = [c for a, b in pairs for c, x, y in zip(columns, a, b, strict=True) if x != y]
        raise AssertionError(
            f"{table} is not the truth, differing in {sorted(set(differ))}\n columns: {columns}"
            f"\n only in the warehouse: {wrong}\n only in the truth: {missing}"
        )


def observe(histories: Histories, state: State) -> None:
    """What a build over a complete load makes of the histories."""
    for name, members in histories_seen(state).items():
        for key, (values, changed) in members.items():
            histories[name].observe(key, values, changed)


def adopt(pipeline: Pipeline, histories: Histories, candidates: list[State]) -> None:
    """After a build that was cut off, or saw half a load: take over the histories as they are,
    once every member's versions are those of before or what seeing one candidate makes of them.
    """
    sights = [histories_seen(state) for state in candidates]
    for name, history in histories.items():
        found: dict[int, list[Version]] = {}
        for row in sorted(history_rows(pipeline, name), key=lambda r: r["versao"]):
            version = Version(row["estado"], row["valido_de"], row["valido_ate"])
            found.setdefault(row["membro"], []).append(version)
        for key, versions in found.items():
            before = history.versions.get(key, [])
            possible = [before, *(seen(before, *s[name][key]) for s in sights if key in s[name])]
            assert versions in possible, f"{name} {key}: {versions} is none of {possible}"
        lost = history.versions.keys() - found.keys()
        assert not lost, f"history of {name} has lost {lost}"
        history.versions = found


def seen_by_halves(pipeline: Pipeline, before: State, halves: list[State]) -> State:
    """The state before a load, with what loads that died have landed of rows, as far as they came.

    It matters for rows that the source no longer has: each is as it was last seen.
    """
    seen: State = {}
    for table, key in TABLES.items() if halves else ():
        rows = {int(row[key]): row for row in pipeline.records(f"staging.{table}")}
        states = [state[table] for state in (before, *halves)]
        seen[table] = {}
        for member in set().union(*states) & rows.keys():
            candidates = [state[member] for state in reversed(states) if member in state]
            row = rows[member]
            seen[table][member] = max(
                candidates,
                key=lambda c: sum(str(row.get(n)) == str(v) for n, v in c.values.items()),
            )
    return seen or before


def history_rows(pipeline: Pipeline, name: str) -> Table:
    """A history table in the words of the model."""
    return [
        {
            "chave": row[f"{name}_versao_id"],
            "membro": row[f"{name}_id"],
            "versao": row["versao"],
            "valido_de": row["valido_de"],
            "valido_ate": row["valido_ate"],
            "eh_atual": row["eh_atual"],
            "estado": tuple(row[column] for column in HISTORIES[name]),
        }
        for row in pipeline.records(f"dim.dim_{name}_historico")
    ]


def _plain(row: Row, columns: list[str]) -> tuple[Any, ...]:
    return tuple(row[column] for column in columns)
