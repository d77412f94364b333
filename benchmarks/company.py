"""The sample company at a size, and a day of its life."""

import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.process import Spent, measured

# What the generator makes of an order on average.
ITEMS_PER_ORDER = 2.54
# What stays of a data folder that is to be loaded anew.
SOURCE = "oltp.sqlite"
WAREHOUSE = "dw_ecommerce.duckdb"

_TOUCH = """
update order_items set
    commission_amount = coalesce(commission_amount, 0) + 0.01,
    updated_at = (select datetime(max(updated_at), '+1 minute') || '.000000' from order_items)
where order_item_id in (select order_item_id from order_items order by order_item_id desc limit ?)
"""

_MONTHS = """
select distinct substr(order_date, 1, 7) as month from orders order by month desc limit ?
"""


def seed(folder: Path, items: int) -> Spent:
    """Make the company with about so many order items in a data folder."""
    folder.mkdir(parents=True)
    orders = max(1, round(items / ITEMS_PER_ORDER))
    return python("-m", "seeds_oltp", "seed", f"--orders={orders}", folder=folder)


def touch(folder: Path, rows: int) -> None:
    """Change the newest order items, each by a cent of commission."""
    with sqlite3.connect(folder / SOURCE) as database:
        database.execute(_TOUCH, [rows])


def months_since(folder: Path, months: int) -> int:
    """The months from now back to the first of so many newest ones that have orders."""
    with sqlite3.connect(folder / SOURCE) as database:
        found = database.execute(_MONTHS, [months]).fetchall()
    year, month = map(int, found[-1][0].split("-"))
    now = datetime.now(UTC)
    return 12 * (now.year - year) + now.month - month + 1


def dw(folder: Path, command: str, **settings: str) -> Spent:
    """Run a command of the pipeline on a data folder."""
    return python("-m", "pipeline", command, folder=folder, **settings)


def python(*arguments: str, folder: Path, **settings: str) -> Spent:
    """Run Python with the data folder as the settings' one."""
    return measured([sys.executable, *arguments], {"DW_DATA_DIR": str(folder), **settings})


def again(folder: Path, *, keep: str) -> None:
    """Empty a data folder but for one file."""
    for path in folder.iterdir():
        if path.name != keep:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextmanager
def landed_apart(folder: Path) -> Iterator[Path]:
    """Move what a load has made out of a data folder, until the block ends; then it is gone."""
    with TemporaryDirectory(dir=folder.parent) as apart:
        for path in folder.iterdir():
            if path.name != SOURCE:
                path.rename(Path(apart) / path.name)
        yield Path(apart)


def size(path: Path) -> int:
    """The bytes of a file or of all files in a folder, each once however many names it has."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum({(found := file.stat()).st_ino: found.st_size for file in files}.values())
