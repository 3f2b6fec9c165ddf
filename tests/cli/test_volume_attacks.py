"""An issue in volumes that somebody was at: `verify` names the volume, and the page of it where there is one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Name, String

from tests.cli.share import REFERENCE, Share
from tests.cli.volumes import in_three

Attack = Callable[[Path, Path, Path], None]


def swap(_first: Path, second: Path, third: Path) -> None:
    aside = second.with_suffix(".aside")
    second.rename(aside)
    third.rename(second)
    aside.rename(third)


def copy_over(_first: Path, second: Path, third: Path) -> None:
    shutil.copy(third, second)


def move_a_page(_first: Path, second: Path, third: Path) -> None:
    with (
        pikepdf.open(second, allow_overwriting_input=True) as short,
        pikepdf.open(third, allow_overwriting_input=True) as long,
    ):
        long.pages.insert(2, short.pages[-1])
        del short.pages[-1]
        long.save(third)
        short.save(second)


def forge_name(first: Path, _second: Path, third: Path) -> None:
    with pikepdf.open(first, allow_overwriting_input=True) as pdf:
        _outside(pdf).A.F.UF = _outside(pdf).A.F.F = String(third.name)
        pdf.save(first)


def forge_page(first: Path, _second: Path, _third: Path) -> None:
    with pikepdf.open(first, allow_overwriting_input=True) as pdf:
        _outside(pdf).A.D = Array([0, Name.Fit])
        pdf.save(first)


def _outside(pdf: pikepdf.Pdf) -> pikepdf.Object:
    return next(note for page in pdf.pages for note in page.obj.get("/Annots", []) if "/A" in note)


ATTACKS: dict[str, tuple[Attack, tuple[str, ...]]] = {
    "two volumes swapped": (
        swap,
        (
            "Page 2: its links into volume 2 lead to “{2}”, which is volume 3.",
            "Page 2: its links into volume 3 lead to “{3}”, which is volume 2.",
            "Page 5: its links into volume 3 lead to “{3}”, which is volume 2.",
            "Page 8: its links into volume 2 lead to “{2}”, which is volume 3.",
        ),
    ),
    "one renamed": (
        lambda _first, second, _third: second.rename(second.with_name("second.pdf")) and None,
        (
            "Page 2: its links into volume 2 lead to “{2}”, and no such file lies beside",
            "Page 8: its links into volume 2",
        ),
    ),
    "one missing": (
        lambda _first, second, _third: second.unlink(),
        ("volume 2 of 3” (event", "Page 2: its links into volume 2", "Page 8: its links into volume 2"),
    ),
    "one put over another": (
        copy_over,
        ("volume 2 of 3” (event", "Page 2: its links into volume 2 lead to “{2}”, which is volume 3."),
    ),
    "another file in the place of one": (
        lambda _first, second, _third: second.write_bytes(b"%PDF-1.7\n") and None,
        ("volume 2 of 3” (event", "lead to “{2}”, which is not the file that was issued."),
    ),
    "a page moved to the next volume": (
        move_a_page,
        (
            "volume 2 of 3” (event",
            "volume 3 of 3” (event",
            "page 6: It is missing from the file.",
            "Page 9: the number printed on it is “6”",
            "Page 11: it belongs to no document",
        ),
    ),
    "a link into another volume's file": (
        forge_name,
        (
            "volume 1 of 3” (event",
            "Page 2: its links into “{3}” do not lead to where documents begin in volume 2.",
        ),
    ),
    "a link to another page": (
        forge_page,
        (
            "volume 1 of 3” (event",
            "Page 2: its links into “{2}” do not lead to where documents begin in volume 2.",
        ),
    ),
}


@pytest.fixture
def issued(share: Share) -> tuple[Path, Path, Path]:
    in_three(share)
    made = share.json("bundle", REFERENCE, "--issue")
    first, second, third = (Path(row["path"]) for row in made["volumes"])
    for path in (first, second, third):
        path.chmod(0o644)
    return first, second, third


def test_every_attack_on_an_issue_is_named(
    share: Share, issued: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    """One issue for all attacks, put back after each, because issuing is slow."""
    shutil.copytree(issued[0].parent, tmp_path / "good")
    share.run("verify", REFERENCE)
    unnamed = []
    for name, (attack, expected) in ATTACKS.items():
        attack(*issued)
        said = share.run("verify", REFERENCE, expect=4) + share.said
        for words in expected:
            wanted = words.replace("{2}", issued[1].name).replace("{3}", issued[2].name)
            if wanted.casefold() not in said.casefold():
                unnamed.append(f"{name}: {wanted}\n{said}")
        for path in issued[0].parent.glob("*.pdf"):
            path.unlink()
        for path in issued:
            shutil.copy(tmp_path / "good" / path.name, path)
    assert not unnamed, "\n\n".join(unnamed)
    share.run("verify", REFERENCE)
    alone = tmp_path / "sent on its own.pdf"
    shutil.copy(issued[1], alone)
    share.run("verify", str(alone), "--case", REFERENCE)
