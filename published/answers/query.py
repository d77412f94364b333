"""The data layer: answers from the published version, each computed once.

>>> data = Data.current(settings.data_dir)
>>> data.query(["receita_liquida", "margem_pct"], by=["categoria"], filters=Filters(inicio=...))
pyarrow.Table: categoria, receita_liquida: decimal128(38, 4), margem_pct: decimal128(38, 6)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb
import pyarrow as pa

from published import versions
from published.answers import memory
from published.answers import semantic as definitions
from published.answers.compile import (
    MACROS,
    Question,
    Statement,
    compile_question,
    compile_rows,
    compile_values,
)
from published.answers.filters import Filters
from published.answers.flight import SingleFlight
from published.answers.semantic import Gate, NotApplicableError, Semantic, UnknownNameError
from published.metrics import Grain, SemanticModel
from published.versions import Published

ANSWERS = 2000
"""Answers that are kept per version."""
VERSIONS = 2
"""Versions that are kept open: who has begun with the one before may finish."""


@dataclass(frozen=True)
class OpenVersion:
    """One version, open: a DuckDB of its own whose tables are the version's files."""

    version: Published
    database: duckdb.DuckDBPyConnection
    semantic: Semantic
    answers: SingleFlight[pa.Table] = field(default_factory=lambda: SingleFlight(ANSWERS))
    bounds: SingleFlight[tuple[date, date] | None] = field(
        default_factory=lambda: SingleFlight(ANSWERS)
    )

    def run(self, statement: Statement) -> pa.Table:
        """The rows of a statement; safe from any thread."""
        with self.database.cursor() as cursor:
            return cursor.sql(statement.sql, params=statement.parameters).to_arrow_table()

    def bounds_of(self, model: SemanticModel) -> tuple[date, date] | None:
        """The first and last day of a mart."""
        return self.bounds.get(model.table, lambda: self._bounds(model))

    def _bounds(self, model: SemanticModel) -> tuple[date, date] | None:
        with self.database.cursor() as cursor:
            rows = cursor.table(memory.place(model)).aggregate(
                [
                    duckdb.FunctionExpression("min", duckdb.ColumnExpression(model.time)),
                    duckdb.FunctionExpression("max", duckdb.ColumnExpression(model.time)),
                ]
            )
            ((first, last),) = rows.fetchall()
        return None if first is None else (first, last)


_opened: SingleFlight[OpenVersion] = SingleFlight(VERSIONS)
_currents: SingleFlight[Published] = SingleFlight(VERSIONS)


@dataclass(frozen=True)
class Data:
    """A published version, as one person may see it.

    ``access`` holds row-level rules: they are added to every question, and what they cannot be
    applied to is refused (NotApplicableError), so nothing goes round them.
    """

    opened: OpenVersion
    access: Filters = field(default_factory=Filters)

    @classmethod
    def current(cls, data_dir: Path, access: Filters | None = None) -> "Data":
        """The current version. Raises NothingPublishedError, or LoaderError when it is damaged."""
        version = _currents.get(
            (data_dir, versions.stamp(data_dir)), lambda: versions.current(data_dir)
        )
        return cls.of(version, access)

    @classmethod
    def of(cls, version: Published, access: Filters | None = None) -> "Data":
        """A version; opened once per process."""
        opened = _opened.get((version.path, version.manifest.run_id), lambda: _open(version))
        return cls(opened, access or Filters())

    @property
    def version(self) -> Published:
        """The version that answers."""
        return self.opened.version

    @property
    def semantic(self) -> Semantic:
        """What can be asked."""
        return self.opened.semantic

    def query(
        self,
        metrics: Sequence[str],
        by: Sequence[str] = (),
        grain: Grain | None = None,
        filters: Filters | None = None,
        order_by: Sequence[str] = (),
        limit: int | None = None,
    ) -> pa.Table:
        """Metrics by dimensions and periods: columns ``periodo`` (with a grain), ``by``, metrics.

        Money and ratios are exact decimals, counts integers; a ratio whose denominator is 0 or
        null is null. Ask for all metrics of a page's section at once: those of one mart share one
        scan. Answers are shared between threads: do not change them. Raises QuestionError.
        """
        question = Question(
            metrics=tuple(metrics),
            by=tuple(by),
            grain=grain,
            filters=filters or Filters(),
            access=self.access,
            order_by=tuple(order_by),
            limit=limit,
        )
        return self.opened.answers.get(question, lambda: self._answer(question))

    def total(self, metrics: Sequence[str], filters: Filters | None = None) -> dict[str, Decimal]:
        """Metrics over all rows that pass, by name; null where there is nothing to add up."""
        (row,) = self.query(metrics, filters=filters).to_pylist()
        return dict(row)

    def rows(
        self,
        table: str,
        columns: Sequence[str] = (),
        filters: Filters | None = None,
        only: Mapping[str, object] | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> pa.Table:
        """Rows of a published mart (``mart.dash_vendas``), for exports; all columns by default.

        ``only`` keeps the rows whose columns have these values. Not kept in the cache. Raises
        UnknownNameError, or NotApplicableError when the mart lacks a column that is filtered by.
        """
        if table not in self.version.manifest.tables:
            raise UnknownNameError(f"a tabela '{table}' não foi publicada")
        known = self.version.manifest.tables[table].columns
        for column in (*columns, *(only or ())):
            if column not in known:
                raise UnknownNameError(f"a tabela '{table}' não tem a coluna '{column}'")
        model = next((m for m in self.semantic.models.values() if m.table == table), None)
        asked = filters or Filters()
        for part in (asked, self.access):
            missing = [name for name in part.names if name not in known]
            if model is None and (part.inicio or part.fim):
                missing.append("período")
            if missing:
                raise NotApplicableError(f"a tabela '{table}' não tem {', '.join(missing)}")
        time = model.time if model else None
        return self.opened.run(
            compile_rows(
                table,
                columns or known,
                time,
                [asked, self.access],
                only or {},
                newest_first,
                limit,
            )
        )

    def bounds(self, model: str) -> tuple[date, date] | None:
        """The first and last day that a semantic model's mart has; none when it is empty."""
        return self.opened.bounds_of(self.semantic.models[model])

    def business_days(self, first: date, last: date) -> int:
        """Business days of a period; the calendar holds nothing to restrict access to."""
        if first > last:
            return 0
        everyone = Data(self.opened)
        days = everyone.total(["dias_uteis"], Filters(inicio=first, fim=last))["dias_uteis"]
        return int(days or 0)

    def dimension_values(self, dimension: str) -> list[object]:
        """All values of a dimension that this person may see, in order, for lists of filters."""
        having = [m for m in self.semantic.models.values() if dimension in m.dimensions]
        if not having:
            raise UnknownNameError(f"a dimensão '{dimension}' não existe")
        models = [m for m in having if self.access.names.keys() <= m.dimensions.keys()]
        if not models:
            raise NotApplicableError(f"os seus dados não têm '{dimension}'")
        table = self.opened.answers.get(
            ("values", dimension, self.access),
            lambda: self.opened.run(compile_values(dimension, models, self.access)),
        )
        values: list[object] = table.column(0).to_pylist()
        return values

    def _answer(self, question: Question) -> pa.Table:
        statement = compile_question(question, self.semantic, self.opened.bounds_of)
        return self.opened.run(statement)


def variation(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    """The relative change, a fraction with four decimals.

    Null when there is nothing to compare, or when a sign changes: no percentage says that.
    """
    if now is None or not before or now * before < 0:
        return None
    change = (Decimal(now) - Decimal(before)) / abs(Decimal(before))
    return change.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def _open(version: Published) -> OpenVersion:
    database = versions.connect(version)
    database.execute(MACROS)
    # Memory that is no longer used goes back to the machine.
    database.execute("set allocator_background_threads = true")
    # Only the version's own files, whatever a statement may say.
    database.execute("set allowed_directories = $folders", {"folders": [str(version.path)]})
    database.execute("set enable_external_access = false")
    database.execute("set lock_configuration = true")
    columns = [column.name for column in fields(Gate)]
    gates = database.table("mart.feature_gates").select(*columns).fetchall()
    semantic = definitions.read(version, (Gate(*row) for row in gates))
    memory.view(database, semantic)
    return OpenVersion(version, database, semantic)
