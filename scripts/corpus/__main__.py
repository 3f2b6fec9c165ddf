"""`python -m scripts.corpus`: fetch, bind, compare, write `docs/corpus-outcomes.md`."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from scripts.corpus.compare import Agreement
from scripts.corpus.fetch import fetch, samples
from scripts.corpus.report import report
from scripts.corpus.run import bind, faults_of, outcomes

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "corpus"


def main() -> int:
    """Exit code 1 if a file was lost without a word or `verify` did not pass; differences of text are listed in the document."""
    fetch(BUILD / "sdists")
    taken = samples(BUILD / "sdists")
    answer, checked = bind(taken, BUILD / "case")
    results = outcomes(taken, answer, BUILD)
    target = ROOT / "docs" / "corpus-outcomes.md"
    faults = faults_of(checked)
    target.write_text(report(results, faults, f"{date.today():%-d %B %Y}"), encoding="utf-8")
    different = sum(
        compared.agreement is Agreement.DIFFERENT
        for result in results
        for compared in result.compared.values()
    )
    lost = sum(result.outcome == "LOST" for result in results)
    print(
        f"corpus: {len(results)} files, {lost} lost, {different} pages differ: see {target.relative_to(ROOT)}"
    )
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
