"""``python -m simulation --days 14``: live through the days; exit code 1 on no-go."""

import argparse
import logging
import shutil
import sys

from core.settings import Settings, read_settings
from simulation import evidence
from simulation.run import simulate


def main() -> None:
    """Simulate, write the evidence, say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m simulation", description=__doc__)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--orders", type=int, default=300)
    parser.add_argument("--seed", type=int, default=42)
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    folder = read_settings(Settings).data_dir / "simulation"
    shutil.rmtree(folder, ignore_errors=True)
    found = simulate(folder, chosen.days, chosen.orders, chosen.seed)
    evidence.write(folder, found)
    for verdict in found.verdicts:
        sys.stdout.write(f"{verdict.criterion} {verdict.status}: {verdict.evidence}\n")
    sys.stdout.write(f"{folder / 'EVIDENCE.md'}\n")
    sys.exit(0 if found.go else 1)


if __name__ == "__main__":
    main()
