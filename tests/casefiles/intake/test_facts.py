"""The cage around the readers: whatever stops a reader becomes a held file that names the limit."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Dictionary, Name
from PIL import Image

from casefiles.caged import CagedExecutor, ChildFailed, Limits, minimal_environment
from casefiles.intake.facts import (
    READERS,
    ToRead,
    begin_facts,
    begin_reading,
    facts_in_cage,
    kind_in_cage,
    read_facts,
    renamed,
)
from casefiles.intake.kinds import Kind, detect
from casefiles.intake.limits import FactsLimits, size_in_words

MIB = 1 << 20
LIMITS = FactsLimits()


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CagedExecutor]:
    home = tmp_path_factory.mktemp("home")
    with CagedExecutor(1, LIMITS.cage, sys.executable, minimal_environment(home)) as executor:
        yield executor


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "paper.pdf"
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.add_blank_page()
        pdf.save(path)
    return path


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def test_facts_in_the_cage_are_those_outside(pool: CagedExecutor, paper: Path, scratch: Path) -> None:
    kind = kind_in_cage(pool, LIMITS, paper, ".pdf")
    assert kind == detect(paper)
    inside = facts_in_cage(pool, LIMITS, paper, kind, scratch, subject="paper.pdf")
    assert inside == read_facts(paper, kind, scratch, LIMITS, subject="paper.pdf")
    assert (inside.state, inside.pages) == ("readable", 2)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "JPEG2000"])
def test_a_fresh_child_knows_every_picture_format(tmp_path: Path, scratch: Path, kind: str) -> None:
    """Pillow learns formats as it goes: a process that has seen many pictures proves nothing."""
    path = tmp_path / "picture"
    if kind == "JPEG2000":
        photo = io.BytesIO()
        Image.new("RGB", (20, 20), "teal").save(photo, kind)
        with pikepdf.new() as pdf:
            page = pdf.add_blank_page()
            image = pdf.make_stream(
                photo.getvalue(), Type=Name.XObject, Subtype=Name.Image, Width=20, Height=20
            )
            image.Filter, image.ColorSpace, image.BitsPerComponent = Name.JPXDecode, Name.DeviceRGB, 8
            page.obj.Resources = Dictionary(XObject=Dictionary(I=image))
            pdf.save(path)
    else:
        Image.new("RGB", (20, 20), "teal").save(path, kind)
    with CagedExecutor(1, LIMITS.cage, sys.executable, minimal_environment(tmp_path)) as fresh:
        facts = facts_in_cage(fresh, LIMITS, path, detect(path), scratch)
    assert (facts.state, facts.findings) == ("readable", ())


def test_every_kind_has_a_reader(tmp_path: Path, scratch: Path) -> None:
    path = tmp_path / "rubbish"
    path.write_bytes(b"\x01rubbish")
    for kind in Kind:
        facts = read_facts(path, replace(detect(path), kind=kind), scratch, LIMITS)
        assert facts.kind is kind
        wanted = "held" if kind in READERS else "sheet"
        if kind in {Kind.AUDIO, Kind.VIDEO}:
            wanted = "readable"  # its sheet says what can be said of a broken one, too
        assert facts.state == wanted


@pytest.mark.parametrize(
    ("cage", "code", "words"),
    [
        (Limits(0.001, 2048 * MIB, MIB), "reading-time", "more than 0.001 seconds"),
        (Limits(60, 128 * MIB, MIB), "reading-memory", "more than 128 MiB of memory"),
    ],
)
def test_a_limit_of_the_cage_is_named(
    scratch: Path, tmp_path: Path, cage: Limits, code: str, words: str
) -> None:
    long_text = tmp_path / "long.txt"
    long_text.write_bytes(b"All work and no play. " * (60 * MIB // 22))
    limits = replace(LIMITS, cage=cage)
    with CagedExecutor(1, cage, sys.executable, minimal_environment(tmp_path)) as fresh:
        facts = facts_in_cage(fresh, limits, long_text, detect(long_text), scratch, subject="L.txt")
    assert facts.state == "held"
    assert (facts.findings[0].code, facts.findings[0].subject) == (code, "L.txt")
    assert words in facts.findings[0].message
    assert facts.findings[0].message.startswith("Held: ")


def test_one_file_that_breaks_the_child_is_held_and_those_read_with_it_are_not(
    paper: Path, tmp_path: Path
) -> None:
    long_text = tmp_path / "long.txt"
    long_text.write_bytes(b"All work and no play. " * (60 * MIB // 22))
    limits = replace(LIMITS, cage=Limits(60, 128 * MIB, MIB))
    gone = tmp_path / "gone.pdf"
    files = [
        ToRead(path, path.suffix, tmp_path / "scratch" / f"{number}", path.name, 0)
        for number, path in enumerate((paper, long_text, gone, paper))
    ]
    with CagedExecutor(1, limits.cage, sys.executable, minimal_environment(tmp_path)) as fresh:
        first, second, third, fourth = begin_reading(fresh, limits, files)
        assert [finish()[1].pages for finish in (first, fourth)] == [2, 2]
        kind, facts = second()
        assert (kind.kind, facts.state, facts.findings[0].code) == (Kind.TEXT, "held", "reading-memory")
        with pytest.raises(FileNotFoundError):
            third()


class Failing:
    """An executor whose tasks fail in a given way."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def submit_limited(self, *_: object, **__: object) -> Future[object]:
        future: Future[object] = Future()
        future.set_exception(self.error)
        return future


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ChildFailed("killed", "SIGKILL"), "reading-killed"),
        (ChildFailed("crashed", "SIGSEGV"), "reading-crashed"),
        (ChildFailed("output", "SIGXFSZ"), "reading-output"),
        (RecursionError("secret words"), "reading-failed"),
        (KeyError("secret words"), "reading-failed"),
    ],
)
def test_whatever_stops_a_reader_holds_the_file_and_quotes_nothing(
    paper: Path, scratch: Path, error: BaseException, code: str
) -> None:
    finish = begin_facts(Failing(error), LIMITS, paper, detect(paper), scratch)  # type: ignore[arg-type]
    facts = finish()
    assert (facts.state, facts.findings[0].code) == ("held", code)
    assert "secret" not in str(facts)
    assert facts.findings[0].remedy


def test_a_share_that_is_gone_is_not_a_damaged_file(pool: CagedExecutor, paper: Path, scratch: Path) -> None:
    kind = detect(paper)
    paper.unlink()
    with pytest.raises(OSError):
        facts_in_cage(pool, LIMITS, paper, kind, scratch)


def test_a_wrapper_of_outlooks_says_what_is_lost_in_it(tmp_path: Path, scratch: Path) -> None:
    path = tmp_path / "winmail.dat"
    path.write_bytes(b"\x78\x9f\x3e\x22" + bytes(20))
    facts = read_facts(path, detect(path), scratch)
    assert (facts.state, [one.code for one in facts.findings]) == ("sheet", ["winmail-not-opened"])
    assert "send the message again" in facts.findings[0].remedy


def test_sheets_say_why(tmp_path: Path, scratch: Path) -> None:
    path = tmp_path / "a.psd"
    path.write_bytes(b"8BPS\0\1")
    facts = read_facts(path, detect(path), scratch)
    assert (facts.state, facts.findings[0].code) == ("sheet", "file-not-drawn")
    assert "Photoshop picture" in facts.findings[0].message
    path.write_bytes(b"")
    assert read_facts(path, detect(path), scratch).findings[0].code == "file-empty"


def test_facts_may_be_told_of_another_name(paper: Path, tmp_path: Path, scratch: Path) -> None:
    empty = tmp_path / "e"
    empty.touch()
    facts = read_facts(empty, detect(empty), scratch, subject="old.pdf")
    assert {one.subject for one in renamed(facts, "new.pdf").findings} == {"new.pdf"}


def test_sizes_in_words() -> None:
    words = [size_in_words(size) for size in (80, 2048, 3 * MIB // 2, 1 << 30, 600 * MIB)]
    assert words == ["80 bytes", "2 KiB", "1.5 MiB", "1 GiB", "600 MiB"]
