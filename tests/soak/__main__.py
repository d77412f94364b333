"""``python -m tests.soak --steps 60 --examples 20``: the long run, with a seed of its own."""

import argparse
import logging
import random
import sys
import time
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.soak.run import live


def main() -> None:
    """Live ``examples`` lives of ``steps`` days; say what happened, whatever happened."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--examples", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--target", choices=["duckdb", "spark"], default="duckdb")
    chosen = parser.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    sys.stdout.write(f"seed {chosen.seed}\n")
    started = time.monotonic()
    with TemporaryDirectory(prefix="soak") as folder:
        counts = live(Path(folder), chosen.steps, chosen.examples, seed=chosen.seed,
                      target=chosen.target)  # fmt: skip
    done = ", ".join(f"{n} {what}" for what, n in sorted(counts.items()))
    sys.stdout.write(f"{done} in {(time.monotonic() - started) / 60:.1f} minutes, nothing wrong\n")


if __name__ == "__main__":
    main()
