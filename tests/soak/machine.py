"""The state machine: days at the company, nights of the pipeline, some of them bad; then proof."""

from collections import Counter
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from simulation.warehouse import dbt
from tests.gate import tamper
from tests.soak import killed, proof
from tests.soak.company import Company
from tests.soak.days import CHANGES, Change, Days
from tests.soak.dw import Pipeline, Target
from tests.soak.truth import HISTORIES, History, State, landed

PARTS = ("+fact_vendas", "+fact_pedidos", "+fact_metas", "+dim_cliente_historico", "+dim_vendedor")

# Which table it is, its place among all of its schema says.
TAMPERED = ["staging", "dim", "fact", "agg", "mart", "audit"]

Night = tuple[Any, ...]
"""The name of a method of :class:`Life`, and its arguments."""

# What a night may bring. The first is what Hypothesis thinks simplest, and tries first.
NIGHTS: st.SearchStrategy[Night] = st.one_of(
    st.just(("rest",)),
    st.just(("prove",)),
    st.tuples(st.just("prove"), st.booleans()),
    st.just(("load",)),
    st.tuples(
        st.just("tamper"),
        st.sampled_from(TAMPERED),
        st.sampled_from(tamper.KINDS),
        st.integers(0, 50),
    ),
    st.tuples(st.just("die_in_load"), st.sampled_from(sorted(killed.LOAD_POINTS))),
    st.tuples(st.just("die_in_load"), st.sampled_from(sorted(killed.LOAD_POINTS)), st.just(True)),
    st.tuples(st.just("die_in_build"), st.sampled_from(["before", "after"]), st.integers(1, 150)),
    st.tuples(st.just("build_part"), st.sampled_from(PARTS)),
    st.tuples(
        st.just("backfill"),
        st.sampled_from(["orders", "seller_targets_monthly"]),
        st.sampled_from(["2025-01", "2025-02", "2025-03"]),
    ),
)


class Life(RuleBasedStateMachine):
    """One life of the company; ``home``, ``template`` and ``target`` are set by whoever runs it."""

    target: ClassVar[Target] = "duckdb"
    home: ClassVar[Path]
    template: ClassVar[Path]
    counts: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.dw = Pipeline(self.home, self.target)
        self.dw.reset(self.template)
        self.company = Company(self.dw.source)
        self.days = Days(self.company)
        self.state: State = landed({}, self.company)
        self.histories = {name: History(name) for name in HISTORIES}
        proof.observe(self.histories, self.state)
        self.half_loaded: list[State] = []
        """The source as it was when a load died that no other has finished since."""
        self.proven = False
        self.counts["lives"] += 1

    @rule(changes=CHANGES, night=NIGHTS)
    def a_day(self, changes: list[Change], night: Night) -> None:
        """Things happen at the source; at night the pipeline runs, or part of it, or dies."""
        self.days.happen(changes)
        self.proven = False
        step, *arguments = night
        getattr(self, step)(*arguments)
        self.counts["days"] += 1
        self.counts["changes"] += len(changes)

    def teardown(self) -> None:
        """In the end the truth, after whatever the last night was."""
        if not self.proven:
            self.prove()

    def rest(self) -> None:
        """Nothing runs."""

    def load(self) -> None:
        """A load that ends well."""
        self.dw.load()
        self._loaded()

    def die_in_load(self, point: str, build: bool = False) -> None:
        """A load that is killed, and maybe a build over the half that has landed."""
        seen = landed(self.state, self.company)
        if self.dw.killed(killed.load_killed_at, point):
            self.half_loaded.append(seen)
            self.counts["killed loads"] += 1
        else:
            self._loaded()
        if build:
            self.dw.run()
            self.counts["builds"] += 1
            self._adopt()

    def die_in_build(self, when: str, statement: int) -> None:
        """A build that is killed at a statement, after a load."""
        self.load()
        died = self.dw.killed(killed.build_killed_at, when, statement)
        self.counts["killed builds" if died else "builds"] += 1
        self._adopt()

    def build_part(self, part: str) -> None:
        """A build of one model and its parents, after a load."""
        self.load()
        self.dw.run("--select", part)
        self.counts["partial builds"] += 1
        self._adopt()

    def backfill(self, entity: str, month: str) -> None:
        """One month of an entity is read again, with no load."""
        self.half_loaded.append(landed(self.state, self.company))
        self.dw.backfill(entity, month)
        self.counts["backfills"] += 1

    def prove(self, tests: bool = False) -> None:
        """Load and build, with dbt's tests or without; then the warehouse must be right."""
        self.load()
        if tests:
            self.dw.build()
        else:
            self.dw.run()
        self.counts["builds"] += 1
        proof.observe(self.histories, self.state)
        proof.assert_true(self.dw, self.state, self.histories)
        proof.assert_reconciled(self.dw)
        proof.assert_same(self.dw.content(), self.dw.rebuilt())
        self.proven = True
        self.counts["proofs"] += 1

    def tamper(self, schema: str, kind: str, place: int) -> None:
        """Something from outside changes a table that has been proved; nobody may read of it."""
        self.prove(tests=True)
        assert self.dw.reconcile() == ([], [])
        tables = [t for t in self.dw.sealed() if t.startswith(f"{schema}.")]
        if self.dw.tamper(tables[place % len(tables)], kind):
            self.counts["tampered"] += 1

    def _loaded(self) -> None:
        seen = proof.seen_by_halves(self.dw, self.state, self.half_loaded)
        self.state, self.half_loaded = landed(seen, self.company), []
        self.days.silent = False
        self.counts["loads"] += 1

    def _adopt(self) -> None:
        proof.adopt(self.dw, self.histories, [self.state, *self.half_loaded])


def make_template(home: Path, template: Path, target: Target = "duckdb") -> None:
    """A tiny company, loaded and built in ``home``, as files to start each life from."""
    dw = Pipeline(home, target)
    home.mkdir(parents=True)
    Company(dw.source).create()
    dw.load()
    dbt(dw.settings, "seed")
    dw.run()
    home.rename(template)
