"""Of several names for the same bytes, the one that says most without saying "copy"."""

import pytest

from bundles.known_items import item_names
from casefiles.chain.state import CaseState, EvidenceItem, PathState, PathStatus

DIGEST = "00000001" * 8
ITEM = EvidenceItem(
    sha256=DIGEST, size_bytes=1, suffix="docx", seq=1, received_at="2026-01-20T09:00:00.000Z", receptions=()
)


def case_with(*names: str) -> CaseState:
    paths = {
        name.encode(): PathState(name.encode(), f"{number}", DIGEST, PathStatus.PRESENT, (), DIGEST, 1, None)
        for number, name in enumerate(names)
    }
    return CaseState(
        seq=1, case_uuid="u", kind="k", reference="r", facts_sha256=None, items={DIGEST: ITEM}, paths=paths,
        unnamed_paths={}, exhibits={}, superseded={}, decisions=(), bundles=(), checkpoints=(), keys=(), events=(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (("evidence/report.pdf", "evidence/letters/letter 20.01.2026.docx"), "evidence/letters/letter 20.01.2026.docx"),
        (("evidence/Copy of letter 20.01.2026.docx", "evidence/letter.docx"), "evidence/letter.docx"),
        (("evidence/a/letter.docx", "evidence/letter.docx"), "evidence/letter.docx"),
    ],
)  # fmt: skip
def test_the_name_that_says_most_is_shown(names: tuple[str, ...], shown: str) -> None:
    assert item_names(case_with(*names), {}) == {DIGEST: shown}
    assert item_names(case_with(*reversed(names)), {}) == {DIGEST: shown}
