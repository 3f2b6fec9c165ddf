"""What an event's body may hold."""

from __future__ import annotations

import pytest

from casefiles.chain.bodies import NUMBER, TREATMENT, record

CHECK = record({"first": NUMBER}, {"treatment": TREATMENT})


@pytest.mark.parametrize("value", [{"first": 1}, {"first": 1, "treatment": "ocr pages=3-7,9 grey paper=A4"}])
def test_an_optional_key_may_be_there_or_not(value: dict[str, object]) -> None:
    CHECK(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"treatment": "grey"}, "lacks"),
        ({"first": 1, "name": "x"}, "unknown keys"),
        ({"first": 1, "treatment": ""}, "“treatment” is not a treatment"),
        ({"first": 1, "treatment": "sheets=Jane’s"}, "“treatment” is not a treatment"),
    ],
)
def test_every_key_is_agreed_and_every_value_checked(value: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        CHECK(value)  # type: ignore[arg-type]
