"""What an event's body may hold."""

from __future__ import annotations

import pytest

from casefiles.chain.bodies import NUMBER, TREATMENT, EventType, check_body, record

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


SHA = "0123456789abcdef" * 4


def item(**changed: object) -> dict[str, object]:
    """An item of a bundle's body."""
    return {"kind": "evidence", "evidence": SHA, "derived": SHA, "event": 3, "first": 3, "last": 4, **changed}


def volume(first: int = 1, last: int = 4, **changed: object) -> dict[str, object]:
    """A volume of a bundle's body."""
    digests = dict.fromkeys(("sha256", "manifest_sha256", "front_sha256"), SHA)
    return {**digests, "size": 9, "first": first, "last": last, **changed}


def body(**changed: object) -> dict[str, object]:
    """The body of a bundle that was issued in two volumes."""
    return {
        "bundle_id": SHA,
        "version": 1,
        "profile": "judiciary-2021",
        **{key: value for key, value in volume().items() if key not in {"first", "last"}},
        "pages": 8,
        "checkpoint": {"size": 9, "root": SHA},
        "items": [item(), item(first=7, last=8, **{"from": 3})],
        "volumes": [volume(), volume(5, 8)],
        **changed,
    }


@pytest.mark.parametrize("type_", [EventType.BUNDLE_ISSUED, EventType.BUNDLE_ASSEMBLED])
def test_a_bundle_in_volumes_and_one_in_one_piece_are_taken(type_: EventType) -> None:
    check_body(type_, body())  # type: ignore[arg-type]
    whole = body(items=[item(treatment="ocr pages=3-7 grey dpi=150")])
    del whole["volumes"]
    check_body(type_, whole)  # type: ignore[arg-type]


def test_a_supplement_has_no_volumes() -> None:
    with pytest.raises(ValueError, match=r"unknown keys \['volumes'\]"):
        check_body(EventType.BUNDLE_SUPPLEMENTED, body(base_sha256=SHA))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"volumes": []}, "“volumes” has fewer than two"),
        ({"volumes": [volume(1, 8)]}, "“volumes” has fewer than two"),
        ({"volumes": None}, "“volumes” is not a list"),
        ({"volumes": {"1": volume()}}, "“volumes” is not a list"),
        ({"volumes": "12"}, "“volumes” is not a list"),
        ({"volumes": [volume(), 5]}, "“volumes” is not an object"),
        ({"volumes": [volume(), volume(8, 5)]}, "ends before it begins"),
        ({"volumes": [volume(0, 4), volume(5, 8)]}, "“first” is not a whole number"),
        ({"volumes": [volume(), volume(5, 8, size=0)]}, "“size” is not a whole number"),
        ({"volumes": [volume(), volume(5, 8, sha256=SHA.upper())]}, "“sha256” is not a SHA-256"),
        ({"volumes": [volume(), volume(5, 8, front_sha256=None)]}, "“front_sha256” is not a SHA-256"),
        ({"volumes": [volume(), volume(5, 8, name="volume 2.pdf")]}, r"unknown keys \['name'\]"),
        ({"volumes": [volume(), {"first": 5, "last": 8}]}, "lacks"),
        ({"volumes": [volume(), volume(5, True)]}, "“last” is not a whole number"),
        ({"items": [item(**{"from": 0})]}, "“from” is not a whole number"),
        ({"items": [item(**{"from": -1})]}, "“from” is not a whole number"),
        ({"items": [item(**{"from": True})]}, "“from” is not a whole number"),
        ({"items": [item(**{"from": "2"})]}, "“from” is not a whole number"),
        ({"items": [item(**{"from": 2.0})]}, "“from” is not a whole number"),
        ({"items": [item(**{"from": None})]}, "“from” is not a whole number"),
        ({"items": [item(**{"from": 2**53})]}, "“from” is not a whole number"),
        ({"items": [item(treatment="")]}, "“treatment” is not a treatment"),
        ({"items": [item(treatment=None)]}, "“treatment” is not a treatment"),
        ({"items": [item(treatment=["grey"])]}, "“treatment” is not a treatment"),
        ({"items": [item(treatment="grey\n")]}, "“treatment” is not a treatment"),
        ({"items": [item(treatment="sheets=Łódź")]}, "“treatment” is not a treatment"),
        ({"items": [item(treatment="pages=٣")]}, "“treatment” is not a treatment"),
        ({"items": [item(treatment="9" * 4001)]}, "“treatment” is not a treatment"),
        ({"items": [item(to=2)]}, r"unknown keys \['to'\]"),
    ],
)
def test_a_broken_value_of_a_divided_bundle_is_refused(changed: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        check_body(EventType.BUNDLE_ISSUED, body(**changed))  # type: ignore[arg-type]
