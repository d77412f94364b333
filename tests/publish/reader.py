"""``python -m tests.publish.reader``: read the current version of DW_DATA_DIR again and again.

Ends when standard input does; prints the versions that it saw. Each publication of the test has
its own mark in two marts: a reader that sees two marks has seen a mix.
"""

import os
import select
import sys
from pathlib import Path

from published import versions

MARKS = (
    "select distinct titulo from mart.feature_gates union select comando from mart.dash_monitor_etl"
)

if __name__ == "__main__":
    data_dir = Path(os.environ["DW_DATA_DIR"])
    seen: list[int] = []
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        current = versions.current(data_dir)
        with versions.connect(current) as database:
            (mark,) = database.execute(MARKS).fetchall()
        assert mark == (f"mark {current.version}",), (mark, current.version)
        seen.append(current.version)
    assert seen == sorted(seen)
    print(*seen)
