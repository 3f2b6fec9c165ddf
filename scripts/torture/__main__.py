"""`python -m scripts.torture [--kills N] [--seed S]`: kills, then counts. Ends with 1 where anything is amiss."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from scripts.torture.kills import PAUSES_SECONDS, torture

LONGEST_COMPLAINT = 1500


def main() -> None:
    """Run, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--longest-pause", type=float, default=PAUSES_SECONDS[-1], help="between two kills, in seconds"
    )
    parser.add_argument("--folder", type=Path, help="where; kept afterwards")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="casebinder-torture-") as scratch:
        began = time.monotonic()
        figures, complaints = torture(
            asked.folder or Path(scratch) / "torture", asked.kills, asked.seed, asked.longest_pause
        )
        for name, number in figures.items():
            print(f"{number:>8,}  {name}")
        print(f"{time.monotonic() - began:>8,.0f}  seconds")
    for check, found in complaints.items():
        print(f"{'FAILED' if found else '    ok'}  {check}")
        for complaint in found[:20]:
            print(f"          {complaint[:LONGEST_COMPLAINT]}")
    sys.exit(any(complaints.values()))


if __name__ == "__main__":
    main()
