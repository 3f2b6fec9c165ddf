"""`python -m scripts.demo_files --hand FONT.ttf`: write the demo's files anew."""

from __future__ import annotations

import argparse
from pathlib import Path

from scripts.demo_files import letters, messages, papers, pictures, policy, scans

TARGET = Path(__file__).parents[2] / "cli" / "demo" / "files"


def main() -> None:
    """Write each file of the caseload into the package's data and print its size."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--hand", required=True, help="a handwriting font (TrueType)")
    hand: str = parser.parse_args().hand
    papers.register_fonts(hand)
    made = {
        **letters.documents(),
        **papers.documents(),
        "policy.pdf": policy.policy(),
        **scans.documents(),
        "cut-off.pdf": scans.cut_off_scan(hand),
        **pictures.documents(hand),
    }
    # These two travel as attachments of an e-mail, not as files of their own.
    made |= messages.documents(made.pop("summary.pdf"), made.pop("planner.jpg"))
    TARGET.mkdir(parents=True, exist_ok=True)
    for old in TARGET.iterdir():
        old.unlink()
    for name, data in sorted(made.items()):
        (TARGET / name).write_bytes(data)
        print(f"{len(data):>9,}  {name}")


main()
