"""The state machine: a company lives, loads and builds happen, some die; the proof comes last."""

from collections import Counter
from copy import deepcopy
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.soak import killed, proof
from tests.soak.company import REFERENCES, TABLES, Company, Row, priced
from tests.soak.dw import Pipeline, dbt
from tests.soak.truth import HISTORIES, MONTHS, STATUSES, History, State, landed

TRANSACTIONS = ("orders", "order_items", "order_item_discounts", "seller_targets_monthly")
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
PARTS = ("+fact_vendas", "+fact_pedidos", "+fact_metas", "+dim_cliente_historico", "+dim_vendedor")

ANY = st.integers(0, 9999)


class Life(RuleBasedStateMachine):
    """One life of the company; ``home`` and ``template`` are set by whoever runs it."""

    home: ClassVar[Path]
    template: ClassVar[Path]
    counts: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.dw = Pipeline(self.home)
        self.dw.reset(self.template)
        self.company = Company(self.dw.source)
        self.state: State = landed({}, self.company)
        self.histories = first_histories(self.dw, self.state)
        self.half_loaded: list[State] = []
        self.removed: list[tuple[str, int]] = []
        self.odd: list[tuple[str, int, Row]] = []
        self.proven = True
        self.counts["lives"] += 1

    # ------------------------------------------------------------------ the company's days

    @rule(n=ANY, items=st.integers(1, 3), status=st.sampled_from(sorted(STATUSES)),
          day=st.sampled_from(DAYS), discount=st.booleans())  # fmt: skip
    def an_order_is_placed(
        self, n: int, items: int, status: str, day: datetime, discount: bool
    ) -> None:
        self.company.place_order(
            self.company.next_key("orders"), items, discount=discount, order_status=status,
            order_date=day, customer_id=self._any("customers", n), seller_id=self._any("sellers", n)
        )  # fmt: skip
        self._changed()

    @rule(n=ANY)
    def an_item_comes_before_its_order(self, n: int) -> None:
        self.company.add_item(self.company.next_key("orders"), n % 3 + 1, discount=n % 2 == 0)
        self._changed()

    @rule(n=ANY, discount=st.booleans())
    def an_order_gets_another_item(self, n: int, discount: bool) -> None:
        product = self._any("products", n)
        self.company.add_item(self._any("orders", n), 9, discount=discount, product_id=product)
        self._changed()

    @rule(n=ANY, reference=st.sampled_from(sorted(REFERENCES)),
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
        self._changed()

    @rule(n=ANY)
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
            self._changed()

    @rule(n=ANY, quantity=st.integers(1, 4), cents=st.integers(1, 10_000), discount=st.booleans())
    def an_item_changes(self, n: int, quantity: int, cents: int, discount: bool) -> None:
        amounts = priced(quantity, Decimal(cents) / 100, discount=discount)
        self.company.change("order_items", self._any("order_items", n), **amounts)
        self._changed()

    @rule(n=ANY, status=st.sampled_from(sorted(STATUSES)))
    def an_order_moves_on(self, n: int, status: str) -> None:
        self.company.change("orders", self._any("orders", n), order_status=status)
        self._changed()

    @rule(n=ANY, day=st.sampled_from(DAYS))
    def an_order_moves_to_another_day(self, n: int, day: datetime) -> None:
        self.company.change("orders", self._any("orders", n), order_date=day)
        self._changed()

    @rule(n=ANY, attribute=st.sampled_from(ATTRIBUTES))
    def an_attribute_changes(self, n: int, attribute: tuple[str, str, tuple[Any, ...]]) -> None:
        table, column, values = attribute
        value = values[n // 7 % len(values)]
        self.company.change(table, self._any(table, n), **{column: value})
        self._changed()

    @rule(n=ANY, month=st.integers(1, 4))
    def a_target_is_set(self, n: int, month: int) -> None:
        self.company.add(
            "seller_targets_monthly",
            self.company.next_key("seller_targets_monthly"),
            seller_id=self._any("sellers", n),
            target_month=date(2025, month, 1),
        )
        self._changed()

    @rule(n=ANY, table=st.sampled_from(sorted(TABLES)))
    def a_row_is_deleted_softly_or_restored(self, n: int, table: str) -> None:
        key = self._any(table, n)
        deleted = self.company.row(table, key)["deleted_at"] is None
        self.company.change(table, key, deleted_at=self.company.clock if deleted else None)
        self._changed()

    @rule(n=ANY, table=st.sampled_from(sorted(TABLES)))
    def a_row_is_deleted_for_good(self, n: int, table: str) -> None:
        if len(self.company.keys(table)) > 1:
            key = self._any(table, n)
            self.company.remove(table, key)
            self.removed.append((table, key))
            self._changed()

    @rule(n=ANY)
    def a_key_is_used_again(self, n: int) -> None:
        if self.removed:
            table, key = self.removed.pop(n % len(self.removed))
            if key not in self.company.keys(table):
                self.company.add(table, key)
                self._changed()

    @rule(n=ANY, oddity=st.sampled_from(ODDITIES))
    def a_value_becomes_odd(self, n: int, oddity: tuple[str, str, Any]) -> None:
        table, column, value = oddity
        key = self._any(table, n)
        self.odd.append((table, key, {column: self.company.row(table, key)[column]}))
        self.company.change(table, key, **{column: value})
        self._changed()

    @rule(n=ANY)
    def an_odd_value_is_repaired(self, n: int) -> None:
        if self.odd:
            table, key, good = self.odd.pop(n % len(self.odd))
            self.company.change(table, key, **good)
            self._changed()

    @rule(n=ANY, table=st.sampled_from(sorted(TABLES)))
    def a_column_is_added(self, n: int, table: str) -> None:
        name = f"extra_{len(self.company.columns(table))}"
        self.company.add_column(table, name, ("integer", "varchar(20)", "numeric(14, 2)")[n % 3])
        self.company.change(table, self._any(table, n), **{name: 7})
        self._changed()

    @rule(seconds=st.sampled_from([1, 60, 3600, 86_400, -3600, -86_400]))
    def the_clock_moves(self, seconds: int) -> None:
        self.company.clock += timedelta(seconds=seconds)

    @rule(minutes=st.sampled_from([1, 90, 600, 14_400]))
    def the_next_writer_commits_late(self, minutes: int) -> None:
        self.company.lag = timedelta(minutes=minutes)

    @rule(n=ANY, quantity=st.integers(1, 4))
    def an_item_changes_with_no_new_time(self, n: int, quantity: int) -> None:
        key = self._any("order_items", n)
        stamp = self.company.row("order_items", key)["updated_at"]
        amounts = priced(quantity, discount=False)
        self.company.change("order_items", key, updated_at=stamp, **amounts)
        self._changed()

    # -------------------------------------------------------------------- the pipeline's

    @precondition(lambda self: not self.proven)
    @rule()
    def a_load(self) -> None:
        self.dw.load()
        self.state, self.half_loaded = landed(self.state, self.company), []
        self.counts["loads"] += 1

    @precondition(lambda self: not self.proven)
    @rule(point=st.sampled_from(killed.LOAD_POINTS))
    def a_load_is_killed(self, point: str) -> None:
        seen = landed(self.state, self.company)
        if self.dw.killed(killed.load_killed_at, point):
            self.half_loaded.append(seen)
            self.counts["killed loads"] += 1
        else:
            self.state, self.half_loaded = seen, []
            self.counts["loads"] += 1

    @precondition(lambda self: not self.proven)
    @rule(entity=st.sampled_from(["orders", "seller_targets_monthly"]), month=st.integers(1, 4))
    def a_month_is_filled_again(self, entity: str, month: int) -> None:
        self.half_loaded.append(landed(self.state, self.company))
        self.dw.backfill(entity, f"2025-{month:02}")
        self.counts["backfills"] += 1

    @precondition(lambda self: not self.proven)
    @rule(load=st.booleans(), when=st.sampled_from(["before", "after"]),
          statement=st.integers(1, 150))  # fmt: skip
    def a_build_is_killed(self, load: bool, when: str, statement: int) -> None:
        if load:
            self.a_load()
        died = self.dw.killed(killed.build_killed_at, when, statement)
        self.counts["killed builds" if died else "builds"] += 1
        self._adopt()

    @precondition(lambda self: not self.proven)
    @rule(load=st.booleans(), part=st.sampled_from(PARTS))
    def a_part_is_built(self, load: bool, part: str) -> None:
        if load:
            self.a_load()
        self.dw.run("--select", part)
        self.counts["partial builds"] += 1
        self._adopt()

    @precondition(lambda self: self.half_loaded)
    @rule()
    def a_build_over_half_a_load(self) -> None:
        self.dw.run()
        self.counts["builds"] += 1
        self._adopt()

    @precondition(lambda self: not self.proven)
    @rule(tested=st.integers(0, 9))
    def the_proof(self, tested: int) -> None:
        self.prove(tests=tested == 0)

    def teardown(self) -> None:
        if not self.proven:
            self.prove()

    # ------------------------------------------------------------------------------------

    def prove(self, *, tests: bool = False) -> None:
        """Load and build, with dbt's tests or without; then the warehouse must be right."""
        self.a_load()
        if tests:
            self.dw.build()
        else:
            self.dw.run()
        self.counts["builds"] += 1
        proof.observe(self.dw, self.histories, self.state)
        proof.assert_true(self.dw, self.state, self.histories)
        proof.assert_reconciled(self.dw)
        proof.assert_same(self.dw.content(), self.dw.rebuilt())
        self.proven = True
        self.counts["proofs"] += 1

    def _adopt(self) -> None:
        proof.adopt(self.dw, self.histories, [self.state, *self.half_loaded])
        self.proven = False

    def _any(self, table: str, n: int) -> int:
        keys = self.company.keys(table)
        return keys[n % len(keys)]

    def _changed(self) -> None:
        self.proven = False


def make_template(home: Path, template: Path) -> None:
    """A tiny company, loaded and built in ``home``, as files to start each life from."""
    dw = Pipeline(home)
    home.mkdir(parents=True)
    Company(dw.source).create()
    dw.load()
    dbt(dw.settings, "seed")
    dw.run()
    home.rename(template)


def first_histories(dw: Pipeline, state: State) -> dict[str, History]:
    """The histories after the first build."""
    histories = {name: History(name) for name in HISTORIES}
    proof.observe(dw, histories, deepcopy(state))
    return histories
