"""Numbers as Brazilians write them, and what pages compute from answers; no data needed."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from dashboards.parts import analysis, formats, periods, sidebar, tables
from dashboards.parts.analysis import Amounts, Pace
from dashboards.parts.charts import STATES, brazil, config
from dashboards.parts.tables import ShownColumn, ShownTable

pytestmark = pytest.mark.unit

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (formats.money(Decimal("1234567.89")), f"R${NBSP}1.234.567,89"),
        (formats.money(Decimal("-0.005")), f"-R${NBSP}0,00"),
        (formats.money(None), "–"),
        (formats.short_money(Decimal("1334455.15")), f"R${NBSP}1,3{NBSP}mi"),
        (formats.short_money(Decimal("-404.0004")), f"-R${NBSP}404"),
        (formats.percent(Decimal("0.1234")), f"12,3{NBSP}%"),
        (formats.percent(None), "–"),
        (formats.integer(1234567), "1.234.567"),
        (formats.ratio(Decimal("3.2149")), "3,21"),
        (formats.hours(Decimal("116.94")), f"116,9{NBSP}h"),
        (formats.day(date(2025, 12, 31)), "31/12/2025"),
        (formats.period(date(2025, 1, 1), date(2025, 12, 31)), "01/01 – 31/12/2025"),
        (formats.period(date(2024, 12, 1), date(2025, 1, 2)), "01/12/2024 – 02/01/2025"),
        (formats.month(date(2025, 12, 1)), "dez/25"),
        (formats.moment(datetime(2026, 1, 1, 2, 30)), "31/12/2025 23:30"),
        (formats.age(timedelta(hours=3)), "há 3 horas"),
        (formats.text(False), "Não"),
        (formats.text(""), "–"),
    ],
)
def test_written_as_brazilians_do(written: str, expected: str) -> None:
    assert written == expected


def test_periods_by_name() -> None:
    last = date(2025, 5, 15)
    spans = {name: span(last) for name, span in periods.PRESETS.items()}
    assert spans["Este mês"] == (date(2025, 5, 1), last)
    assert spans["Mês passado"] == (date(2025, 4, 1), date(2025, 4, 30))
    assert spans["Últimos 7 dias"] == (date(2025, 5, 9), last)
    assert spans["Este trimestre"] == (date(2025, 4, 1), last)
    assert spans["Últimos 12 meses"] == (date(2024, 5, 16), last)
    assert spans["Ano passado"] == (date(2024, 1, 1), date(2024, 12, 31))
    assert periods.whole_months(last, last) == (date(2025, 5, 1), date(2025, 5, 31))
    assert periods.grain_for(date(2025, 1, 1), date(2025, 1, 31)) == "day"


def test_abc_puts_what_crosses_a_limit_into_the_class_before() -> None:
    rows = [
        {"nome_produto": n, "v": Decimal(v)} for n, v in zip("abcd", (15, 70, 10, 0), strict=True)
    ]
    found = analysis.abc(rows, "v")
    assert [(row["nome_produto"], row["classe"]) for row in found] == [
        ("b", "A"), ("a", "A"), ("c", "B"),
    ]  # fmt: skip
    assert found[-1]["acumulado"] == 1
    assert analysis.shares(rows, "v")[1]["participacao"] == Decimal("0.736842")
    assert analysis.shares([{"v": None}], "v") == [{"v": None, "participacao": None}]


def test_the_bridge_adds_up_and_keeps_mix_out_of_cost() -> None:
    def amounts(*values: str) -> Amounts:
        return Amounts(*map(Decimal, values))

    before = {"caro": amounts("3", "100.01", "3.33", "50.07"), "fim": amounts("1", "9", "0", "5"),
              "barato": amounts("7", "70", "0", "35")}  # fmt: skip
    now = {"caro": amounts("7", "210.50", "9.99", "120.11"), "novo": amounts("2", "20", "1", "8"),
           "barato": amounts("1", "10", "0", "5")}  # fmt: skip
    effects = analysis.margin_bridge(before, now)
    change = sum(a.margin for a in now.values()) - sum(a.margin for a in before.values())
    assert sum(amount for _, amount in effects) == change
    assert dict(effects)["Produtos novos"] == 11 and dict(effects)["Descontinuados"] == -4
    # Twice the dear product, the cheap one no more than once: no product's own cost has moved.
    mixed = analysis.margin_bridge(
        {"a": amounts("1", "100", "10", "60"), "b": amounts("10", "100", "0", "50")},
        {"a": amounts("2", "200", "20", "120"), "b": amounts("9", "90", "0", "45")},
    )
    assert {name: amount for name, amount in mixed if amount} == {"Mix": 25}
    assert [amount for _, amount in analysis.margin_bridge({}, now) if amount] == [
        sum(a.margin for a in now.values())
    ]


def test_a_running_month_is_judged_by_what_is_due() -> None:
    assert analysis.expected_share(5, 15) == Decimal("0.25")
    assert analysis.expected_share(5, 15, (Decimal(40), Decimal(100))) == Decimal("0.4")
    assert analysis.expected_share(5, 15, (None, None)) == Decimal("0.25")
    assert analysis.expected_share(0, 0) == 1
    months = [
        {"v": v, "periodo": date(2025, month, 1), "valor_meta": Decimal(100), "valor_realizado": r}
        for v, month, r in (
            ("ana", 11, Decimal(90)), ("ana", 12, Decimal(30)), ("bia", 11, Decimal(100)),
            ("bia", 12, None),
        )
    ]  # fmt: skip
    found = analysis.judged(months, "v", date(2025, 12, 1), Decimal("0.25"))
    shown = ("v", "valor_esperado", "do_esperado", "falta_esperado")
    assert [tuple(row[name] for name in shown) for row in found] == [
        ("bia", 125, 80, 25), ("ana", 125, 96, 5),
    ]  # fmt: skip
    # What begins later is not due yet.
    (later,) = analysis.judged(months[1:2], "v", date(2025, 11, 1), Decimal(1))
    assert (later["valor_esperado"], later["do_esperado"]) == (0, None)


def test_campaigns_that_keep_least_come_first() -> None:
    rows = [
        {"c": name, "valor_desconto_aplicado": given, "valor_com_desconto": Decimal(80),
         "margem_apos_desconto": margin}
        for name, given, margin in (
            ("boa", Decimal(20), Decimal(40)), ("sem uso", None, None),
            ("ruim", Decimal(20), Decimal(-10)),
        )
    ]  # fmt: skip
    found = analysis.kept_per_real(rows)
    assert [(row["c"], row["margem_por_real"]) for row in found] == [
        ("ruim", Decimal("-0.5")), ("boa", 2), ("sem uso", None),
    ]  # fmt: skip
    assert (found[1]["desconto_pct"], found[1]["margem_pct_apos"]) == (
        Decimal("0.2"),
        Decimal("0.5"),
    )


def test_fresh_publications_of_old_data_are_late() -> None:
    now = datetime(2026, 1, 3, 2, tzinfo=UTC)  # still 2 January in São Paulo
    hour = timedelta(hours=1)
    assert sidebar.behind(date(2025, 12, 31), now - hour, now) == ""
    assert "há 3 dias" in sidebar.behind(date(2025, 12, 30), now - hour, now)
    assert "Monitor ETL" in sidebar.behind(date(2026, 1, 1), now - 40 * hour, now)


@pytest.mark.parametrize(
    ("first", "last", "hours", "young"),
    [
        (date(2025, 12, 1), date(2025, 12, 31), Decimal(100), 5),
        (date(2025, 12, 31), date(2025, 12, 31), Decimal(3), 1),
        (date(2025, 12, 1), date(2025, 12, 31), None, 0),
        (date(2025, 11, 1), date(2025, 11, 30), Decimal(100), 0),
        (date(2025, 12, 30), date(2025, 12, 31), Decimal(1000), 2),
        (date(2025, 1, 1), date(2025, 12, 31), Decimal(100), 0),
    ],
)
def test_the_newest_days_are_not_judged(
    first: date, last: date, hours: Decimal | None, young: int
) -> None:
    assert analysis.young_days(first, last, date(2025, 12, 31), hours) == young


def test_pace_counts_business_days() -> None:
    pace = Pace(Decimal(1000), Decimal(300), days_gone=6, days_left=14)
    assert (pace.gap, pace.so_far, pace.needed, pace.projection) == (700, 50, 50, 1000)
    over = Pace(Decimal(100), Decimal(120), days_gone=20, days_left=0)
    assert (over.gap, over.needed, over.projection) == (0, None, 120)
    assert Pace(Decimal(1), Decimal(0), 0, 20).projection is None


def test_exports_equal_what_is_shown() -> None:
    table = ShownTable(
        [{"n": "=1+1", "v": Decimal("1234.5600"), "p": Decimal("0.125"), "i": None}],
        {
            "n": ShownColumn("Nome"),
            "v": ShownColumn("Valor", formats.money, "moeda"),
            "p": ShownColumn("Parte", formats.percent, "percentual"),
            "i": ShownColumn("Itens", formats.integer, "inteiro"),
        },
    )
    assert table.texts() == [["=1+1", f"R${NBSP}1.234,56", f"12,5{NBSP}%", "–"]]
    lines = list(csv.reader(io.StringIO(tables.as_csv(table).decode("utf-8-sig")), delimiter=";"))
    assert lines == [["Nome", "Valor", "Parte", "Itens"], ["'=1+1", "1234,56", "12,5%", ""]]
    book = load_workbook(io.BytesIO(tables.as_excel(table, {"Período": "x"})))
    name, value, part, items = next(book["Dados"].iter_rows(min_row=2))
    assert (name.value, name.data_type) == ("=1+1", "s")
    assert (value.value, part.value, items.value) == (1234.56, 0.125, None)
    assert [cell.value for cell in book["Filtros"][1]] == ["Período", "x"]


def test_a_workbook_has_dates_and_percentages_and_can_be_filtered() -> None:
    table = ShownTable(
        [{"d": date(2025, 12, 31), "m": datetime(2026, 1, 1, 2, 30, tzinfo=UTC),
          "p": Decimal("98.5"), "n": "x" * 200}],
        {
            "d": ShownColumn("Período"),
            "m": ShownColumn("Em", formats.moment),
            "p": ShownColumn("Atingimento", formats.decimal, "percento"),
            "n": ShownColumn("Nome"),
        },
    )  # fmt: skip
    sheet = load_workbook(io.BytesIO(tables.as_excel(table, {})))["Dados"]
    day, moment, part, _ = sheet[2]
    assert (day.value, day.number_format) == (datetime(2025, 12, 31), "dd/mm/yyyy")
    assert moment.value == datetime(2025, 12, 31, 23, 30), "the clock of the screen"
    assert (part.value, part.number_format) == (0.985, "0.0%")
    assert sheet.auto_filter.ref == "A1:D2" and sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["A"].width >= 11
    assert sheet.column_dimensions["D"].width == tables.WIDEST


def test_the_map_needs_no_network() -> None:
    figure = brazil([{"estado": "SP", "v": Decimal(2)}], "v", formats.money)
    assert STATES.exists() and len(figure.data) == 28
    assert {trace.type for trace in figure.data} == {"scatter"}
    assert any("São Paulo" in str(trace.text) for trace in figure.data)


def test_charts_speak_portuguese() -> None:
    words = config("x")["locales"]["pt-BR"]["format"]
    assert (words["decimal"], words["shortMonths"][11], words["days"][0]) == (",", "dez", "domingo")


def test_a_control_character_does_not_stop_an_export() -> None:
    shown = ShownColumn("Produto", str)
    table = ShownTable([{"produto": "Caneta\x0b azul\x00\tnova"}], {"produto": shown})
    book = load_workbook(io.BytesIO(tables.as_excel(table, {"Per\x1fíodo": "x\x02"})))
    lost = "\N{REPLACEMENT CHARACTER}"
    assert book["Dados"]["A2"].value == f"Caneta{lost} azul{lost}\tnova"
    assert [cell.value for cell in book["Filtros"][1]] == [f"Per{lost}íodo", f"x{lost}"]
