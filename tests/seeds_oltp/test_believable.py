"""The company is one that a Brazilian retailer would believe in."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import holidays
import numpy as np
import pytest
import sqlalchemy as sa

from core.contract import tables
from seeds_oltp import customers, demand


def rows(engine: sa.Engine, query: str) -> Sequence[Any]:
    with engine.connect() as connection:
        return connection.exec_driver_sql(query).fetchall()


def share_of_top_fifth(engine: sa.Engine, query: str) -> float:
    values = sorted((float(value) for (value,) in rows(engine, query)), reverse=True)
    return sum(values[: len(values) // 5]) / sum(values)


def test_a_fifth_of_the_products_makes_most_of_the_revenue(base: sa.Engine) -> None:
    share = share_of_top_fifth(base, "SELECT SUM(net_amount) FROM order_items GROUP BY product_id")
    assert 0.70 < share < 0.95


def test_a_fifth_of_the_customers_places_most_of_the_orders(base: sa.Engine) -> None:
    share = share_of_top_fifth(
        base,
        "SELECT COUNT(order_id) FROM customers LEFT JOIN orders USING (customer_id)"
        " GROUP BY customer_id",
    )
    assert 0.55 < share < 0.85


def test_black_friday_is_the_best_day_of_every_year(base: sa.Engine) -> None:
    days = dict(rows(base, "SELECT DATE(order_date), COUNT(*) FROM orders GROUP BY 1"))
    for year in (2023, 2024, 2025):
        of_year = {day: n for day, n in days.items() if day.startswith(str(year))}
        best = max(of_year, key=lambda day: of_year[day])
        assert best == demand.black_friday(year).isoformat()
        assert 3 < of_year[best] / (sum(of_year.values()) / 365) < 8


def test_seasons(base: sa.Engine) -> None:
    by_year = [
        n for (n,) in rows(base, "SELECT COUNT(*) FROM orders GROUP BY STRFTIME('%Y', order_date)")
    ]
    assert by_year == sorted(by_year)
    months = dict(rows(base, "SELECT STRFTIME('%m', order_date), COUNT(*) FROM orders GROUP BY 1"))
    assert max(months, key=lambda month: months[month]) in ("11", "12")
    hours = dict(rows(base, "SELECT STRFTIME('%H', order_date), COUNT(*) FROM orders GROUP BY 1"))
    assert hours["21"] > 5 * hours["04"]


def test_less_is_sold_on_holidays() -> None:
    per_day = dict(
        zip(demand.days(demand.START, demand.END), demand.orders_per_day(1_000_000), strict=True)
    )
    off = holidays.country_holidays("BR", years=[2023, 2024, 2025])
    quiet = [
        per_day[day]
        / np.mean(
            [
                n
                for other, n in per_day.items()
                if other.weekday() == day.weekday()
                and other.month == day.month
                and other.year == day.year
            ]
        )
        for day in off
        if day in per_day and day.month in (4, 5, 9)
    ]
    assert np.median(quiet) < 0.85


def test_regions_are_the_27_states_with_valid_codes(base: sa.Engine) -> None:
    found = rows(base, "SELECT state, city, ibge_code, region_name FROM regions")
    assert len({state for state, *_ in found}) == 27
    assert len({region for *_, region in found}) == 5
    for _, _, code, _ in found:
        digits = [int(digit) for digit in code[:6]]
        doubled = [d * (1 + i % 2) for i, d in enumerate(digits)]
        assert int(code[6]) == -sum(d // 10 + d % 10 for d in doubled) % 10
    assert rows(base, "SELECT ibge_code FROM regions WHERE city = 'São Paulo'") == [("3550308",)]
    ordered = rows(base, "SELECT COUNT(DISTINCT region_id) FROM orders")
    assert ordered == [(27,)]


def test_baskets(base: sa.Engine) -> None:
    ((items, orders),) = rows(base, "SELECT COUNT(*), COUNT(DISTINCT order_id) FROM order_items")
    assert 2.4 < items / orders < 2.7


def test_targets_are_near_what_sellers_sell(base: sa.Engine) -> None:
    found = rows(
        base,
        "SELECT realized_amount / target_amount FROM seller_targets_monthly"
        " WHERE period_type = 'Mensal'",
    )
    assert 0.85 < np.median([value for (value,) in found]) < 1.15
    kinds = {
        kind for (kind,) in rows(base, "SELECT DISTINCT period_type FROM seller_targets_monthly")
    }
    assert kinds == {"Mensal", "Trimestral", "Anual"}


def test_realized_is_what_the_orders_say(base: sa.Engine) -> None:
    ((targets, sales),) = rows(
        base,
        """
        SELECT
            (SELECT ROUND(SUM(realized_amount), 2) FROM seller_targets_monthly
             WHERE period_type = 'Anual' AND seller_id = 1),
            (SELECT ROUND(SUM(net_amount), 2)
             FROM order_items AS i JOIN orders AS o USING (order_id)
             WHERE COALESCE(i.seller_id, o.seller_id) = 1 AND i.deleted_at IS NULL
               AND o.order_status NOT IN ('Pendente', 'Cancelado'))
        """,
    )
    assert targets == sales


def test_discounts_are_granted_and_refused(base: sa.Engine) -> None:
    found = dict(
        rows(
            base,
            "SELECT COALESCE(rejection_reason, 'ok'), COUNT(*) FROM order_item_discounts"
            " GROUP BY 1",
        )
    )
    assert found["ok"] > 0.6 * sum(found.values())
    assert set(found) >= {
        "Cupom expirado",
        "Valor mínimo não atingido",
        "Não cumulativo com promoção",
        "Limite de usos atingido",
    }
    levels = rows(
        base, "SELECT DISTINCT application_level FROM order_item_discounts WHERE approved"
    )
    assert {level for (level,) in levels} == {"Pedido", "Frete", "Categoria", "Item"}


def test_orders_are_open_only_at_the_end(base: sa.Engine) -> None:
    found = dict(
        rows(base, "SELECT order_status, MIN(DATE(order_date)) FROM orders GROUP BY order_status")
    )
    assert set(found) == set(tables.STATUS_PEDIDO)
    for status in ("Pendente", "Pago", "Faturado", "Enviado"):
        assert found[status] >= "2025-12-01"


@pytest.mark.parametrize(
    ("query", "low", "high"),
    [
        ("SELECT AVG(order_status = 'Cancelado') FROM orders", 0.03, 0.08),
        ("SELECT AVG(return_quantity > 0) FROM order_items", 0.02, 0.08),
        ("SELECT AVG(seller_id IS NULL) FROM orders", 0.02, 0.05),
        ("SELECT AVG(region_id IS NULL) FROM orders", 0.003, 0.03),
        ("SELECT AVG(deleted_at IS NOT NULL) FROM orders", 0.001, 0.01),
        ("SELECT 1 - SUM(cost_amount) / SUM(net_amount) FROM order_items", 0.2, 0.5),
        ("SELECT SUM(discount_amount) / SUM(gross_amount) FROM order_items", 0.01, 0.08),
    ],
)
def test_rates(base: sa.Engine, query: str, low: float, high: float) -> None:
    ((rate,),) = rows(base, query)
    assert low < rate < high


def test_personal_data_is_nobodys(base: sa.Engine) -> None:
    found = rows(base, "SELECT email, document_number, segment FROM customers")
    assert all(email.endswith("@example.com") and email.isascii() for email, _, _ in found)
    for _, document, segment in found:
        digits = np.array([int("".join(c for c in document if c.isdigit()))])
        length, top = (12, 9) if segment == "Pessoa Juridica" else (9, 11)
        assert customers.check_digits(digits // 100, length, top) != digits % 100


def test_check_digits_of_known_numbers() -> None:
    # The examples that the tax office prints in its manuals.
    assert customers.check_digits(np.array([111444777]), 9, 11) == 35
    assert customers.check_digits(np.array([112223330001]), 12, 9) == 81


def test_events_are_in_order() -> None:
    for year in (2023, 2026, 2030):
        events = demand.events(year)
        assert events == sorted(events, key=lambda event: event.start)
        assert all(event.start <= event.peak <= event.end for event in events)
        assert all(
            date(year, 1, 1) <= event.start <= event.end <= date(year, 12, 31) for event in events
        )
