"""Tables as they are shown, and the same rows as CSV and Excel files."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from core import record
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
_EXCEL = {
    "moeda": '"R$" #,##0.00', "percentual": '0.0" %"', "inteiro": "#,##0",
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

    @classmethod
    def of(
        cls, view: View, rows: Sequence[Row], metrics: Iterable[str], by: Iterable[str] = (),
        **others: ShownColumn,
    ) -> "ShownTable":  # fmt: skip
        """An answer of the data layer: its keys, its metrics, and what a page added."""
        columns = {name: ShownColumn(view.label(name)) for name in by}
        if rows and "periodo" in rows[0]:
            columns = {"periodo": ShownColumn("Período"), **columns}
        for name in metrics:
            metric = view.metric(name)
            label = metric.label if metric.format != "horas" else f"{metric.label} (h)"
            columns[name] = ShownColumn(label, formats.of_metric(metric), _kind(metric))
        return cls(rows, {**columns, **others})

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

    # A CSV has no place but its name to say what its reader may not see.
    saved = f"{name} ({restricted})" if (restricted := access(view.data)) else name
    with st.container(horizontal=True):
        st.download_button(
            "CSV", lambda: recorded("csv", lambda: as_csv(table)), f"{saved}.csv", "text/csv",
            key=f"{name}_csv", icon=":material/download:", on_click="ignore",
            help="Salvar a tabela como CSV",
        )  # fmt: skip
        st.download_button(
            "Excel", lambda: recorded("xlsx", lambda: as_excel(table, about(view))),
            f"{saved}.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            key=f"{name}_xlsx", icon=":material/table:", on_click="ignore",
            help="Salvar a tabela como planilha, com os filtros",
        )  # fmt: skip


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
    sheet.append([_cell(sheet, label, bold=True) for label in table.labels])
    for row in table.rows:
        sheet.append([_excel(sheet, column, row[name]) for name, column in table.columns.items()])
    notes = book.create_sheet("Filtros")
    for name, value in facts.items():
        notes.append([_cell(notes, name, bold=True), _cell(notes, value)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def about(view: View) -> dict[str, str]:
    """What the numbers of a view are of: period, filters, version."""
    chosen = {view.label(name): ", ".join(values) for name, values in view.filters.names.items()}
    manifest = view.data.version.manifest
    return {
        "Período": formats.period(view.first, view.last),
        **chosen,
        "Acesso": access(view.data) or "tudo",
        "Versão dos dados": f"v{manifest.version}",
        "Publicada em": formats.moment(manifest.created_at),
    }


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


def _scaled(column: ShownColumn, value: Any) -> Any:
    """A percentage as it is shown, times 100, and still exact."""
    return value * 100 if column.number == "percentual" and value is not None else value


def _plain(column: ShownColumn, value: Any) -> str:
    value = _scaled(column, value)
    if value is None:
        return ""
    if column.number:
        return format(Decimal(value).normalize(), "f").replace(".", ",")
    return _harmless(column.shown(value))


def _excel(sheet: Any, column: ShownColumn, value: Any) -> Any:
    if not column.number:
        return _cell(sheet, column.shown(value))
    cell = WriteOnlyCell(sheet, _scaled(column, value))
    cell.number_format = _EXCEL["percentual" if column.number == "percento" else column.number]
    return cell


def _cell(sheet: Any, text: str, bold: bool = False) -> Any:
    # A workbook is XML, which has no control characters.
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text))
    # Never a formula, whatever a product is called.
    cell.data_type = "s"
    cell.font = Font(bold=bold)
    return cell


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
