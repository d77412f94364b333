"""Tables as they are shown, and the same rows as CSV and Excel files."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from core import record
from core.clock import ZONE
from dashboards.parts import formats
from dashboards.parts.formats import Shown
from dashboards.parts.view import Row, View
from published.answers.query import Data

READER = "reader"
"""Where the session keeps who has logged in, by name; nothing while nobody has to."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet would run."""
ROWS = 12
"""Rows of a table that are in sight; one scrolls to the others."""
WIDEST = 60
"""Characters that a column of a workbook takes at most."""
_EXCEL = {
    "moeda": '"R$" #,##0.00', "percentual": "0.0%", "percento": "0.0%", "inteiro": "#,##0",
    "quantidade": "#,##0.####",
    "decimal": "#,##0.00", "horas": "#,##0.0",
}  # fmt: skip


@dataclass(frozen=True)
class ShownColumn:
    """A column of a table: its heading, how it is shown, and its kind of number, if any."""

    label: str
    shown: Shown = formats.text
    number: str | None = None


@dataclass(frozen=True)
class ShownTable:
    """Rows with the columns that are shown, in order."""

    rows: Sequence[Row]
    columns: Mapping[str, ShownColumn] = field(default_factory=dict)
    metrics: Sequence[str] = ()
    """What was asked of the data layer, which says which filters applied."""

    @classmethod
    def of(
        cls, view: View, rows: Sequence[Row], metrics: Iterable[str], by: Iterable[str] = (),
        **others: ShownColumn,
    ) -> "ShownTable":  # fmt: skip
        """An answer of the data layer: its keys, its metrics, and what a page added."""
        columns = {name: ShownColumn(view.label(name)) for name in by}
        if rows and "periodo" in rows[0]:
            columns = {"periodo": ShownColumn("Período"), **columns}
        asked = tuple(metrics)
        for name in asked:
            metric = view.metric(name)
            label = metric.label if metric.format != "horas" else f"{metric.label} (h)"
            columns[name] = ShownColumn(label, formats.of_metric(metric), _kind(metric))
        return cls(rows, {**columns, **others}, asked)

    def beside(
        self, view: View, base: Sequence[Row], keys: Sequence[str], metrics: Iterable[str]
    ) -> "ShownTable":
        """The table with what these metrics were in the base; what only the base has comes last."""
        compared = view.base()
        if compared is None:
            return self
        metrics = list(metrics)
        named = {tuple(row[key] for key in keys): row for row in base}
        known = {tuple(row[key] for key in keys) for row in self.rows}
        gone = [
            {**dict.fromkeys(self.columns), **dict(zip(keys, key, strict=True))}
            for key in named
            if key not in known
        ]
        rows = [
            {**row, **{
                f"{name}_base": named.get(tuple(row[key] for key in keys), {}).get(name)
                for name in metrics
            }}
            for row in (*self.rows, *gone)
        ]  # fmt: skip
        span = formats.period(compared.first, compared.last)
        columns = dict(self.columns)
        for name in metrics:
            own = self.columns[name]
            columns[f"{name}_base"] = replace(own, label=f"{own.label} ({span})")
        return ShownTable(rows, columns, self.metrics)

    @property
    def labels(self) -> list[str]:
        """The headings."""
        return [column.label for column in self.columns.values()]

    def texts(self) -> list[list[str]]:
        """The cells as they are shown."""
        return [
            [column.shown(row[name]) for name, column in self.columns.items()] for row in self.rows
        ]


def show(table: ShownTable, key: str, alt: str, height: int | None = None) -> None:
    """Draw a table; numbers sort as numbers."""
    frame = pd.DataFrame(
        {
            column.label: pd.Series([_value(column, row[name]) for row in table.rows], dtype=object)
            for name, column in table.columns.items()
        }
    )
    shown = {column.label: _shown(column.shown) for column in table.columns.values()}
    st.dataframe(
        frame.style.format(shown), hide_index=True, placeholder=formats.NONE, key=key, alt=alt,
        height=height or 38 + 35 * min(max(len(table.rows), 1), ROWS),
        column_config={
            column.label: st.column_config.Column(alignment="right" if column.number else "left")
            for column in table.columns.values()
        },
    )  # fmt: skip


def export(table: ShownTable, view: View, name: str) -> None:
    """Buttons that save what the table shows; the files are made, and recorded, when asked for."""
    reader = st.session_state.get(READER)

    def recorded(kind: str, content: Callable[[], bytes]) -> bytes:
        made = content()
        record.write(
            "export", user=reader, table=name, format=kind, rows=len(table.rows),
            filters=sorted({*view.filters.names, *view.data.access.names}),
        )  # fmt: skip
        return made

    saved = file_name(view, name)
    with st.container(horizontal=True):
        st.download_button(
            "CSV", lambda: recorded("csv", lambda: as_csv(table)), f"{saved}.csv", "text/csv",
            key=f"{name}_csv", icon=":material/download:", on_click="ignore",
            help="Salvar a tabela como CSV",
        )  # fmt: skip
        st.download_button(
            "Excel", lambda: recorded("xlsx", lambda: as_excel(table, about(view, table.metrics))),
            f"{saved}.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            key=f"{name}_xlsx", icon=":material/table:", on_click="ignore",
            help="Salvar a tabela como planilha, com os filtros",
        )  # fmt: skip


def file_name(view: View, name: str) -> str:
    """What a saved file is called: page, table, period, and what its reader is restricted to."""
    # A CSV has no place but its name to say what its reader may not see.
    restricted = f"({rules})" if (rules := access(view.data)) else ""
    span = f"{view.first} a {view.last}"
    return " ".join(part for part in (view.page, name, span, restricted) if part)


def as_csv(table: ShownTable) -> bytes:
    """The table as Brazilian spreadsheets read it: ``;``, decimal comma, UTF-8 with a mark."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(table.labels)
    for row in table.rows:
        writer.writerow(_plain(column, row[name]) for name, column in table.columns.items())
    return out.getvalue().encode("utf-8-sig")


def as_excel(table: ShownTable, facts: Mapping[str, str]) -> bytes:
    """The table as a workbook: numbers as numbers, and a sheet that says what they are of."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Dados")
    sheet.freeze_panes = "A2"
    for place, (label, column) in enumerate(zip(table.labels, _written(table), strict=True), 1):
        letter = get_column_letter(place)
        width = max(len(label) + 3, *(len(text) + 1 for text in column), 8)
        sheet.column_dimensions[letter].width = min(width, WIDEST)
    last = get_column_letter(max(len(table.columns), 1))
    sheet.auto_filter.ref = f"A1:{last}{len(table.rows) + 1}"
    sheet.append([_cell(sheet, label, bold=True) for label in table.labels])
    for row in table.rows:
        sheet.append([_excel(sheet, column, row[name]) for name, column in table.columns.items()])
    notes = book.create_sheet("Filtros")
    for name, value in facts.items():
        notes.append([_cell(notes, name, bold=True), _cell(notes, value)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _written(table: ShownTable) -> list[list[str]]:
    """The cells by column."""
    return [list(column) for column in zip(*table.texts(), strict=True)] or [
        [] for _ in table.columns
    ]


def about(view: View, metrics: Sequence[str] = ()) -> dict[str, str]:
    """What the numbers of these metrics are of: period, filters that applied, access, version."""
    applied = view.applied(metrics).names.items()
    chosen = {view.label(name): ", ".join(values) for name, values in applied}
    if ignored := view.not_applied(metrics):
        chosen["Sem efeito aqui"] = ", ".join(ignored)
    rules = {
        f"Acesso restrito por {view.label(name).lower()}": ", ".join(values)
        for name, values in view.data.access.names.items()
    }
    manifest = view.data.version.manifest
    return {
        "Período": formats.period(view.first, view.last),
        **chosen,
        "Comparado com": _compared(view),
        **(rules or {"Acesso": "tudo"}),
        "Versão dos dados": f"v{manifest.version}",
        "Publicada em": formats.moment(manifest.created_at),
    }


def _compared(view: View) -> str:
    base = view.base()
    span = f": {formats.period(base.first, base.last)}" if base else ""
    return f"{view.comparison}{span}"


def access(data: Data) -> str:
    """What its reader is restricted to; empty when that is nothing."""
    return "; ".join(", ".join(values) for values in data.access.names.values())


def _kind(metric: Any) -> str:
    return "percento" if metric.format == "percentual" and metric.unit == "%" else metric.format


def _value(column: ShownColumn, value: Any) -> Any:
    """What a cell sorts by: a number or a moment as it is, anything else as it is shown."""
    if value is None or column.number or isinstance(value, date):
        return value
    return column.shown(value)


def _shown(shown: Shown) -> Shown:
    return lambda value: (
        value if isinstance(value, str) else shown(None if pd.isna(value) else value)
    )


def _plain(column: ShownColumn, value: Any) -> str:
    if value is None:
        return ""
    if column.number:
        # A percentage is read as one with its sign.
        value, sign = {
            "percentual": (value * 100, "%"), "percento": (value, "%"),
        }.get(column.number, (value, ""))  # fmt: skip
        return format(Decimal(value).normalize(), "f").replace(".", ",") + sign
    return _harmless(column.shown(value))


def _excel(sheet: Any, column: ShownColumn, value: Any) -> Any:
    if column.number:
        fraction = value / 100 if column.number == "percento" and value is not None else value
        cell = WriteOnlyCell(sheet, fraction)
        cell.number_format = _EXCEL[column.number]
    elif isinstance(value, date):
        cell = WriteOnlyCell(sheet, _moment(column, value))
        cell.number_format = "dd/mm/yyyy hh:mm" if isinstance(value, datetime) else "dd/mm/yyyy"
    else:
        cell = _cell(sheet, column.shown(value))
    return cell


def _moment(column: ShownColumn, value: date) -> date:
    """A day as it is; a moment by the screen's clock, since workbooks have no zones."""
    if not isinstance(value, datetime):
        return value
    if column.shown in (formats.text, formats.moment):
        value = (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(ZONE)
    return value.replace(tzinfo=None)


def _cell(sheet: Any, text: str, bold: bool = False) -> Any:
    # A workbook is XML, which has no control characters.
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text))
    # Never a formula, whatever a product is called.
    cell.data_type = "s"
    cell.font = Font(bold=bold)
    return cell


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
