"""``python -m tests.soak --steps 60 --examples 20``: the long run, with a seed of its own."""

import argparse
import logging
import random
import signal
import sys
import time
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.soak.days import Days
from tests.soak.machine import Life
from tests.soak.run import live


def main() -> None:
    """Live ``examples`` lives of ``steps`` days; say what happened, whatever happened."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--examples", type=int, default=20)
    parser.add_argument("--changes", type=int, default=8, help="At most so many a day.")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--target", choices=["duckdb", "spark"], default="duckdb")
    chosen = parser.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    sys.stdout.write(f"seed {chosen.seed}\n")
    if chosen.changes > Days.most:
        Days.fewest, Days.most = chosen.changes // 2, chosen.changes
    started, ending = time.monotonic(), "ended early"
    # As if by Ctrl-C: what has been lived until then is told.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with TemporaryDirectory(prefix="soak") as folder:
            live(Path(folder), chosen.steps, chosen.examples, seed=chosen.seed,
                 target=chosen.target)  # fmt: skip
        ending = "nothing wrong"
    finally:
        done = ", ".join(f"{n} {what}" for what, n in sorted(Life.counts.items()))
        minutes = (time.monotonic() - started) / 60
        sys.stdout.write(f"{done} in {minutes:.1f} minutes, {ending}\n")


if __name__ == "__main__":
    main()
