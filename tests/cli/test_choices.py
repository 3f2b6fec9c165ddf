"""What an officer chooses, by command and on the line: on the pages, the index, in the manifest, the chain and verify."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image
from reportlab.lib.units import mm
from reportlab.pdfgen import canvas

from casefiles.hashing import sha256_file
from tests.cli.share import REFERENCE, Share, pages_of, write_pdf


@pytest.fixture
def chosen(share: Share) -> Share:
    """A case with a long policy, a plan on A3, a colour photo and a workbook; every line served."""
    import openpyxl

    shutil.rmtree(share.evidence)
    write_pdf(share.evidence / "policy.pdf", [f"Policy words {number}" for number in range(1, 61)])
    drawing = canvas.Canvas(str(share.evidence / "plan.pdf"), (420 * mm, 297 * mm), invariant=True)
    drawing.drawString(400, 400, "Plan words")
    drawing.save()
    Image.linear_gradient("L").convert("RGB").save(share.evidence / "grey.png")
    bands = [Image.linear_gradient("L").rotate(90 * turn) for turn in range(3)]
    Image.merge("RGB", bands).save(share.evidence / "photo.jpg")
    book = openpyxl.Workbook()
    book.active.title = "Summary"
    book.active.append(["Summary words", "more"])
    book.create_sheet("Workings").append(["Workings words", "more"])
    book["Workings"].sheet_state = "hidden"
    book.save(share.evidence / "register.xlsx")
    share.run("bundle", REFERENCE)
    share.decide_all()
    return share


def item(result: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in result["items"] if each["path"].endswith(name))
    return found


def events(share: Share) -> list[dict[str, Any]]:
    folder = share.case / "_chain" / "events"
    return [json.loads(path.read_text()) for path in sorted(folder.iterdir())]


def manifest_of(pdf: Path) -> dict[str, Any]:
    with pikepdf.open(pdf) as book:
        (attached,) = book.attachments.values()
        found: dict[str, Any] = json.loads(attached.get_file().read_bytes())
    return found


def choose_all(share: Share) -> None:
    share.run("decide", REFERENCE, "--pages", "policy.pdf", "3-7")
    share.run("decide", REFERENCE, "--paper", "plan.pdf", "a4")
    share.run("decide", REFERENCE, "--colour", "photo.jpg", "grey")
    share.run("decide", REFERENCE, "--sheets", "register.xlsx", "workings")


def test_from_the_line_to_a_verified_issue(chosen: Share) -> None:
    choose_all(chosen)
    result = chosen.json("bundle", REFERENCE, "--issue")
    words = {
        "policy.pdf": ("pages 3–7 of 60", "pages=3-7", 5),
        "plan.pdf": ("reduced to A4", "paper=A4", 1),
        "photo.jpg": ("in grey", "grey", 1),
        "register.xlsx": ("sheet Workings of 2", "sheets=2", 1),
        "grey.png": ("", "", 1),
    }
    for name, (choice, treatment, count) in words.items():
        found = item(result, name)
        assert (found["choice"], found["treatment"]) == (choice, treatment), name
        assert found["last_page"] - found["first_page"] + 1 == count, name
    pages = pages_of(Path(result["path"]))
    index = next(text for text in pages if text.startswith("Index"))
    for choice, _, _ in words.values():
        assert choice.casefold() in index.casefold()
    policy = item(result, "policy.pdf")
    bound = pages[policy["first_page"] - 1 : policy["last_page"]]
    assert [text.split()[2] for text in bound] == ["3", "4", "5", "6", "7"]
    assert not any("Policy words 8" in text or "Summary words" in text for text in pages)
    rows = [row for row in manifest_of(Path(result["path"]))["rows"] if row["treatment"] == "pages=3-7"]
    assert [row["source_page"] for row in rows] == [1, 2, 3, 4, 5]
    issued = [event for event in events(chosen) if event["type"] == "bundle.issued"][-1]
    recorded = {entry["evidence"]: entry.get("treatment", "") for entry in issued["body"]["items"]}
    assert sorted(recorded.values()) == sorted(treatment for _, treatment, _ in words.values())
    said = chosen.run("verify", str(Path(result["path"])))
    assert "Passed" in said + chosen.said


def test_a_choice_made_later_leaves_the_issue_alone(chosen: Share) -> None:
    choose_all(chosen)
    path = Path(chosen.json("bundle", REFERENCE, "--issue")["path"])
    before = sha256_file(path)
    chosen.run("decide", REFERENCE, "--pages", "policy.pdf", "40-42")
    chosen.run("bundle", REFERENCE)
    assert sha256_file(path) == before
    chosen.run("verify", str(path))


def test_verify_makes_the_chosen_pages_again(chosen: Share) -> None:
    """A manifest and chain that say other pages than those bound are found by making them again."""
    choose_all(chosen)
    path = Path(chosen.json("bundle", REFERENCE)["path"])
    chosen.run("verify", str(path))
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        (name,) = pdf.attachments
        data = pdf.attachments[name].get_file().read_bytes()
        assert b"pages=3-7" in data
        stream = pdf.attachments[name].obj.EF.F
        stream.write(data.replace(b"pages=3-7", b"pages=4-8"))
        pdf.save(path)
    said = chosen.run("verify", str(path), expect=4)
    assert "treatment as pages=4-8" in said + chosen.said


def test_all_of_it_again(chosen: Share) -> None:
    before = chosen.bundle_file.read_bytes()
    for key, name, value, back in (
        ("pages", "policy.pdf", "3-7", "all"),
        ("sheets", "register.xlsx", "Workings", "all"),
        ("slides", "policy.pdf", "3", "ALL"),
        ("notes", "policy.pdf", "yes", "no"),
        ("paper", "plan.pdf", "A4", "keep"),
        ("colour", "photo.jpg", "grey", "keep"),
    ):
        chosen.run("decide", REFERENCE, f"--{key}", name, value)
        assert f"{key} = " in chosen.bundle_file.read_text()
        chosen.run("decide", REFERENCE, f"--{key}", name, back)
        assert chosen.bundle_file.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--pages", "policy.pdf", "7-3"], "runs backwards"),
        (["--pages", "policy.pdf", "some"], "“some” is not a list"),
        (["--colour", "photo.jpg", "blue"], "Write one of: grey, keep"),
        (["--notes", "photo.jpg", "true"], "Write one of: yes, no"),
        (["--pages", "policy.pdf", "3", "--paper", "plan.pdf", "A4"], "one thing at a time"),
        (["--pages", "policy.pdf", "3", "--pages", "plan.pdf", "1"], "for one file and one choice"),
        (["--pages", "nothing.pdf", "3"], "nothing.pdf"),
        (["--pages", "policy.pdf", "3", "--accept", "x"], "one thing at a time"),
    ],
)
def test_words_that_cannot_be(chosen: Share, words: list[str], said: str) -> None:
    before = chosen.bundle_file.read_bytes()
    chosen.run("decide", REFERENCE, *words, expect=2)
    assert said in chosen.said
    assert chosen.bundle_file.read_bytes() == before


def test_before_the_first_bundle_there_is_no_line(share: Share) -> None:
    share.run("scan")
    name = next(path.name for path in sorted(share.evidence.iterdir()) if path.is_file())
    share.run("decide", REFERENCE, "--colour", name, "grey", expect=2)
    assert f"casebinder bundle {REFERENCE}" in share.said


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--pages", "policy.pdf", "58-61"], "chosen-page-not-there", "it has 60 pages"),
        (["--sheets", "register.xlsx", "Nothing"], "chosen-sheet-not-there", "“Summary”, “Workings”"),
        (["--slides", "policy.pdf", "1"], "choice-not-for-this-kind", "only a presentation has"),
    ],
)
def test_what_is_not_there_is_an_error_and_no_issue(
    chosen: Share, words: list[str], code: str, said: str
) -> None:
    chosen.run("decide", REFERENCE, *words)
    result = chosen.json("bundle", REFERENCE)
    (finding,) = (each for each in result["findings"] if each["code"] == code)
    assert finding["severity"] == "error"
    assert said in finding["message"]
    assert item(result, words[1])["kind"] == "placeholder"
    assert item(result, words[1])["choice"] == ""
    chosen.run("bundle", REFERENCE, "--issue", expect=3)
    assert said in chosen.said


def test_what_must_not_be_seen_is_looked_for_on_the_pages_chosen(chosen: Share) -> None:
    facts = chosen.case / "case.toml"
    write_pdf(
        chosen.evidence / "long.pdf", ["Nothing here", "Lives at 14 Harbour Street, Anytown", "Nothing here"]
    )
    facts.write_text(
        facts.read_text().replace(
            'role = "child"',
            'role = "child"\naddress = { value = "14 Harbour Street", confidential = true }',
            1,
        )
    )
    chosen.run("bundle", REFERENCE)
    chosen.decide_all()

    def found() -> list[str]:
        result = chosen.json("bundle", REFERENCE)
        return [each["subject"] for each in result["findings"] if each["code"] == "confidential-value-shown"]

    assert found() == ["evidence/long.pdf"]
    chosen.run("decide", REFERENCE, "--pages", "long.pdf", "1, 3")
    assert found() == []
    chosen.run("decide", REFERENCE, "--pages", "long.pdf", "2-3")
    assert found() == ["evidence/long.pdf"]
    chosen.run("bundle", REFERENCE, "--issue", expect=3)
