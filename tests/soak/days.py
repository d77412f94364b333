"""What can happen at a company's source database in a day; each thing with what it may draw."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st

from tests.soak.company import REFERENCES, TABLES, Company, Row, priced
from tests.soak.truth import MONTHS, STATUSES

NULLABLE = {("orders", "seller_id"), ("orders", "region_id"), ("order_items", "seller_id"),
            ("products", "supplier_id"), ("sellers", "team_id"), ("teams", "region_id"),
            ("sellers", "manager_seller_id")}  # fmt: skip
# Table, column and what it may become.
ATTRIBUTES: list[tuple[str, str, tuple[Any, ...]]] = [
    ("customers", "segment", ("Pessoa Fisica", "Pessoa Juridica")),
    ("customers", "city", ("Campinas", "Recife", None)),
    ("customers", "phone", ("11 5555-0001", None)),
    ("customers", "is_vip", (True, False)),
    ("products", "cost_price", (Decimal("10.00"), Decimal("12.34"))),
    ("products", "category_name", ("Casa", "Moda")),
    ("products", "supplier_id", (1, 2)),
    ("suppliers", "supplier_name", ("Fornecedor", "Outro fornecedor")),
    ("sellers", "team_id", (1, 2, 3)),
    ("sellers", "manager_seller_id", (1, 2, None)),
    ("sellers", "seller_name", ("Vendedor", "Vendedora")),
    ("sellers", "seller_status", ("Ativo", "Inativo")),
    ("teams", "team_name", ("Equipe", "Time")),
    ("regions", "region_name", ("Sudeste", "Sul")),
    ("discount_campaigns", "campaign_name", ("Campanha", "Natal")),
    ("orders", "sales_channel", ("Site", "Loja", None)),
    ("orders", "delivered_at", (datetime(2025, 3, 9, 8, 0, 1), datetime(2025, 3, 1), None)),
    ("order_items", "cost_amount", (Decimal("10.00"), Decimal("31.07"), None)),
    ("order_items", "return_quantity", (0, 1)),
    ("order_item_discounts", "approved", (True, False)),
    ("seller_targets_monthly", "target_amount", (Decimal("50.00"), Decimal("19.90"))),
    ("seller_targets_monthly", "period_type", tuple(MONTHS)),
]
# Table, column and a value that nobody can believe.
ODDITIES: list[tuple[str, str, Any]] = [
    ("order_items", "quantity", -1),
    ("order_items", "quantity", "dois"),
    ("order_items", "discount_amount", Decimal("9999.00")),
    ("order_items", "net_amount", "19,90"),
    ("order_items", "return_quantity", 99),
    ("orders", "order_status", "Perdido"),
    ("orders", "order_date", "0001-01-01 00:00:00.000000"),
    ("orders", "order_date", "9999-12-31 23:59:59.000000"),
    ("orders", "delivered_at", "9999-12-31 00:00:00.000000"),
    ("order_item_discounts", "final_amount", Decimal("1.00")),
    ("order_item_discounts", "applied_at", "0001-01-01 00:00:00.000000"),
    ("seller_targets_monthly", "target_amount", Decimal("-1.00")),
    ("seller_targets_monthly", "target_month", "2025-03-15"),
    ("customers", "credit_score", "alto"),
    ("products", "cost_price", "caro"),
]
DAYS = tuple(datetime(2025, 3, 5, 10, 30) + timedelta(days=d) for d in (-40, -3, 0, 1, 20))

ANY = st.integers(0, 9999)

Change = tuple[str, dict[str, Any]]
"""The name of a method of :class:`Days`, and its arguments."""

Method = TypeVar("Method", bound=Callable[..., None])

_CHANGES: list[st.SearchStrategy[Change]] = []


def change(**arguments: st.SearchStrategy[Any]) -> Callable[[Method], Method]:
    """Mark a method as something that can happen, with arguments drawn from ``arguments``."""

    def mark(method: Method) -> Method:
        drawn = st.fixed_dictionaries(dict(arguments))
        _CHANGES.append(st.tuples(st.just(method.__name__), drawn))
        return method

    return mark


class Days:
    """What happens, and what must be remembered of it to be undone."""

    fewest: ClassVar[int] = 0
    most: ClassVar[int] = 8

    def __init__(self, company: Company) -> None:
        self.company = company
        self.removed: list[tuple[str, int]] = []
        self.odd: list[tuple[str, int, Row]] = []
        self.silent = False
        """Something has changed with no new time, and no load has seen it."""

    def happen(self, changes: list[Change]) -> None:
        """All of ``changes``, in order."""
        for name, arguments in changes:
            getattr(self, name)(**arguments)

    @change(n=ANY, items=st.integers(1, 3), status=st.sampled_from(sorted(STATUSES)),
          day=st.sampled_from(DAYS), discount=st.booleans())  # fmt: skip
    def an_order_is_placed(
        self, n: int, items: int, status: str, day: datetime, discount: bool
    ) -> None:
        self.company.place_order(
            self.company.next_key("orders"), items, discount=discount, order_status=status,
            order_date=day, customer_id=self._any("customers", n), seller_id=self._any("sellers", n)
        )  # fmt: skip

    @change(n=ANY)
    def an_item_comes_before_its_order(self, n: int) -> None:
        self.company.add_item(self.company.next_key("orders"), n % 3 + 1, discount=n % 2 == 0)

    @change(n=ANY, discount=st.booleans())
    def an_order_gets_another_item(self, n: int, discount: bool) -> None:
        product = self._any("products", n)
        self.company.add_item(self._any("orders", n), 2, discount=discount, product_id=product)

    @change(n=ANY, reference=st.sampled_from(sorted(REFERENCES)),
          to=st.sampled_from(["another", "unknown", "null"]))  # fmt: skip
    def a_reference_changes(self, n: int, reference: tuple[str, str], to: str) -> None:
        table, column = reference
        parent = REFERENCES[reference]
        key: int | None = self._any(parent, n // 7)
        if to == "unknown":
            key = self.company.next_key(parent)
        elif to == "null" and reference in NULLABLE:
            key = None
        self.company.change(table, self._any(table, n), **{column: key})

    @change(n=ANY)
    def a_missing_parent_arrives(self, n: int) -> None:
        missing = sorted(
            {
                (parent, row[column])
                for (table, column), parent in REFERENCES.items()
                for row in self.company.rows(table)
                if row[column] is not None and row[column] not in self.company.keys(parent)
            }
        )
        if missing:
            parent, key = missing[n % len(missing)]
            self.company.add(parent, key)

    @change(n=ANY, quantity=st.integers(1, 4), cents=st.integers(1, 10_000), discount=st.booleans())
    def an_item_changes(self, n: int, quantity: int, cents: int, discount: bool) -> None:
        amounts = priced(quantity, Decimal(cents) / 100, discount=discount)
        self.company.change("order_items", self._any("order_items", n), **amounts)

    @change(n=ANY, status=st.sampled_from(sorted(STATUSES)))
    def an_order_moves_on(self, n: int, status: str) -> None:
        self.company.change("orders", self._any("orders", n), order_status=status)

    @change(n=ANY, day=st.sampled_from(DAYS))
    def an_order_moves_to_another_day(self, n: int, day: datetime) -> None:
        self.company.change("orders", self._any("orders", n), order_date=day)

    @change(n=ANY, attribute=st.sampled_from(ATTRIBUTES))
    def an_attribute_changes(self, n: int, attribute: tuple[str, str, tuple[Any, ...]]) -> None:
        table, column, values = attribute
        value = values[n // 7 % len(values)]
        self.company.change(table, self._any(table, n), **{column: value})

    @change(n=ANY, month=st.integers(1, 4))
    def a_target_is_set(self, n: int, month: int) -> None:
        self.company.add(
            "seller_targets_monthly",
            self.company.next_key("seller_targets_monthly"),
            seller_id=self._any("sellers", n),
            target_month=date(2025, month, 1),
        )

    @change(n=ANY, table=st.sampled_from(sorted(TABLES)))
    def a_row_is_deleted_softly_or_restored(self, n: int, table: str) -> None:
        key = self._any(table, n)
        deleted = self.company.row(table, key)["deleted_at"] is None
        self.company.change(table, key, deleted_at=self.company.clock if deleted else None)

    @change(n=ANY, table=st.sampled_from(sorted(TABLES)))
    def a_row_is_deleted_for_good(self, n: int, table: str) -> None:
        if len(self.company.keys(table)) > 2:
            key = self._any(table, n)
            self.company.remove(table, key)
            self.removed.append((table, key))

    @change(n=ANY)
    def a_key_is_used_again(self, n: int) -> None:
        if self.removed:
            table, key = self.removed.pop(n % len(self.removed))
            if key not in self.company.keys(table):
                self.company.add(table, key)

    @change(n=ANY, oddity=st.sampled_from(ODDITIES))
    def a_value_becomes_odd(self, n: int, oddity: tuple[str, str, Any]) -> None:
        table, column, value = oddity
        if any(other == table and column in good for other, _, good in self.odd):
            # A column without a single good value is of another type: that stops the load.
            return
        key = self._any(table, n)
        self.odd.append((table, key, {column: self.company.row(table, key)[column]}))
        self.company.change(table, key, **{column: value})

    @change(n=ANY)
    def an_odd_value_is_repaired(self, n: int) -> None:
        if self.odd:
            table, key, good = self.odd.pop(n % len(self.odd))
            self.company.change(table, key, **good)

    @change(n=ANY, table=st.sampled_from(sorted(TABLES)))
    def a_column_is_added(self, n: int, table: str) -> None:
        name = f"extra_{len(self.company.columns(table))}"
        self.company.add_column(table, name, ("integer", "varchar(20)", "numeric(14, 2)")[n % 3])
        self.company.change(table, self._any(table, n), **{name: 7})

    @change(seconds=st.sampled_from([1, 60, 3600, 86_400, -3600, -86_400]))
    def the_clock_moves(self, seconds: int) -> None:
        self.company.clock += timedelta(seconds=seconds)

    @change(minutes=st.sampled_from([1, 90, 600, 14_400]))
    def the_next_writer_commits_late(self, minutes: int) -> None:
        self.company.lag = timedelta(minutes=minutes)

    @change(n=ANY, quantity=st.integers(1, 4))
    def an_item_changes_with_no_new_time(self, n: int, quantity: int) -> None:
        if self.silent:
            # Two such changes could cancel each other out in the totals, which alone can tell.
            return
        self.silent = True
        key = self._any("order_items", n)
        stamp = self.company.row("order_items", key)["updated_at"]
        amounts = priced(quantity, discount=False)
        self.company.change("order_items", key, updated_at=stamp, **amounts)

    def _any(self, table: str, n: int) -> int:
        keys = self.company.keys(table)
        return keys[n % len(keys)]


def _a_day() -> st.SearchStrategy[list[Change]]:
    return st.lists(st.one_of(_CHANGES), min_size=Days.fewest, max_size=Days.most)


# Whoever runs the machine says how busy the days are.
CHANGES = st.deferred(_a_day)
