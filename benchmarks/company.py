"""The sample company at a size, and a day of its life."""

import shutil
import sqlite3
import sys
from pathlib import Path

from benchmarks.process import Usage, measured

# What the generator makes of an order on average.
ITEMS_PER_ORDER = 2.54
# What stays of a data folder that is to be loaded anew.
SOURCE = "oltp.sqlite"

_TOUCH = """
update order_items set
    commission_amount = coalesce(commission_amount, 0) + 0.01,
    updated_at = (select datetime(max(updated_at), '+1 minute') || '.000000' from order_items)
where order_item_id in (select order_item_id from order_items order by order_item_id desc limit ?)
"""


def seed(folder: Path, items: int) -> Usage:
    """Make the company with about so many order items in a data folder."""
    folder.mkdir(parents=True)
    orders = max(1, round(items / ITEMS_PER_ORDER))
    return python("-m", "seeds_oltp", "seed", f"--orders={orders}", folder=folder)


def touch(folder: Path, rows: int) -> None:
    """Change the newest order items, each by a cent of commission."""
    with sqlite3.connect(folder / SOURCE) as database:
        database.execute(_TOUCH, [rows])


def dw(folder: Path, command: str) -> Usage:
    """Run a command of the pipeline on a data folder."""
    return python("-m", "loader", command, folder=folder)


def python(*arguments: str, folder: Path) -> Usage:
    """Run Python with the data folder as the settings' one."""
    return measured([sys.executable, *arguments], {"DW_DATA_DIR": str(folder)})


def again(folder: Path, *, keep: str) -> None:
    """Empty a data folder but for one file."""
    for path in folder.iterdir():
        if path.name != keep:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def size(path: Path) -> int:
    """The bytes of a file or of all files in a folder."""
    files = [path] if path.is_file() else path.rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file())
