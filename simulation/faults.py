"""What goes wrong: each fault, how the run that it hits ends, and which alert must tell of it."""

import fcntl
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from core.errors import ExitCode
from published.incidents import Rule
from simulation.company import Company
from simulation.process import kill_at

KILLED = -signal.SIGKILL
FULL_AT_BYTES = 1 << 20
"""Nothing can be written beyond this place of a file while the disk is full: the warehouse is
larger, and so is dbt's manifest, which each build writes."""

Around = Callable[[Company], AbstractContextManager[object]]


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    One that ends runs hits one run of its day: the scheduler's next try must get by. The others
    last the whole day, whose runs must not mind.
    """

    name: str
    code: int = ExitCode.OK
    """How the run that it hits ends."""
    rule: Rule | None = None
    """The alert that must tell of it."""
    around: Around = nullcontext
    """What is wrong for as long as it lasts, and is mended by others in the end."""
    within: Callable[[], None] | None = None
    """What is done to the process of the run."""

    @property
    def ends_runs(self) -> bool:
        """Whether the run that it hits cannot succeed."""
        return self.code != ExitCode.OK


def _killed_in_load() -> None:
    kill_at("merged")


def _killed_in_build() -> None:
    kill_at("node-built:fact_vendas")


def _killed_in_publication() -> None:
    kill_at("version-named")


def _disk_full() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FULL_AT_BYTES, most))


@contextmanager
def _database_away(company: Company) -> Iterator[None]:
    away = company.source.with_suffix(".away")
    company.source.rename(away)
    try:
        yield
    finally:
        away.rename(company.source)


@contextmanager
def _column_renamed(company: Company) -> Iterator[None]:
    with company.changing() as source:
        source.execute("alter table order_items rename column net_amount to total_amount")
    try:
        yield
    finally:
        with company.changing() as source:
            source.execute("alter table order_items rename column total_amount to net_amount")


@contextmanager
def _column_added(company: Company) -> Iterator[None]:
    with company.changing() as source:
        source.execute("alter table orders add column gift_note varchar(20)")
    yield


@contextmanager
def _held(company: Company) -> Iterator[None]:
    """The lock, as a run that hangs has it."""
    with (company.home / "dw.lock").open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _late_commits(company: Company) -> Iterator[None]:
    """Rows of long ago, changed with a time of before all that the next load reads."""
    with company.changing() as source:
        source.execute(
            """
            update order_items set
                commission_amount = commission_amount + 1,
                updated_at = strftime('%Y-%m-%d %H:%M:%f000', updated_at, '+1 second')
            where order_item_id in (select order_item_id from order_items order by 1 limit 3)
            """
        )
    yield


@contextmanager
def _bad_batch(company: Company) -> Iterator[None]:
    """The newest items have a negative quantity, until their owner mends them in the evening."""
    turned = """
        update order_items set quantity = -quantity,
            updated_at = strftime('%Y-%m-%d %H:%M:%f000', updated_at, '+1 second')
        where order_item_id in (select order_item_id from bad_items)
    """
    with company.changing() as source:
        source.execute(
            "create table bad_items as select order_item_id from order_items"
            " where deleted_at is null order by updated_at desc, order_item_id limit 3"
        )
        source.execute(turned)
    yield
    with company.changing() as source:
        source.execute(turned)
        source.execute("drop table bad_items")


@contextmanager
def _channel_refuses(company: Company) -> Iterator[None]:
    company.receiver.refuses = True
    yield
    company.receiver.refuses = False


FAULTS = (
    Fault("killed while loading", KILLED, Rule.PIPELINE_FAILED, within=_killed_in_load),
    Fault(
        "source database away",
        ExitCode.SOURCE_UNREACHABLE,
        Rule.PIPELINE_FAILED,
        around=_database_away,
    ),
    Fault("disk full", ExitCode.FAILED, Rule.PIPELINE_FAILED, within=_disk_full),
    Fault(
        "source column renamed",
        ExitCode.SCHEMA_CONTRACT,
        Rule.PIPELINE_FAILED,
        around=_column_renamed,
    ),
    Fault("bad batch", rule=Rule.QUARANTINE_GREW, around=_bad_batch),
    Fault("killed while building", KILLED, Rule.PIPELINE_FAILED, within=_killed_in_build),
    Fault("late commits", around=_late_commits),
    Fault("lock held by a run that hangs", ExitCode.LOCKED, around=_held),
    Fault("alert channel refuses", around=_channel_refuses),
    Fault("killed while publishing", KILLED, Rule.PIPELINE_FAILED, within=_killed_in_publication),
    Fault("source column added", around=_column_added),
)
