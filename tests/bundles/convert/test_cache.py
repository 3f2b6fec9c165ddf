"""The cache answers only with bytes that it can vouch for."""

from __future__ import annotations

import errno
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bundles.convert.base import ConversionRequest, Converter, NeededProgram, Program
from bundles.convert.cache import ConversionCache, cache_key
from bundles.derived import Derived, DerivedPage, OutlineEntry, StampBox
from casefiles.files import disk
from casefiles.findings import Finding, Severity
from casefiles.hashing import sha256_bytes
from casefiles.intake.kinds import Kind

MakeRequest = Callable[..., ConversionRequest]


def never(request: ConversionRequest) -> Derived:
    raise AssertionError(request)


CONVERTER = Converter(
    "office",
    "1",
    frozenset({Kind.DOCX}),
    never,
    frozenset({"exhibit"}),
    (NeededProgram("soffice", "-V", "apt"),),
)


@pytest.fixture
def asked(tmp_path: Path, request_for: MakeRequest) -> ConversionRequest:
    path = tmp_path / "letter.docx"
    path.write_bytes(b"original")
    request = request_for(path, Kind.DOCX, exhibit="AB/1")
    return replace(request, programs={"soffice": Program(Path("/x"), "7.4")})


def derived(request: ConversionRequest, data: bytes = b"%PDF drawn") -> Derived:
    request.output.write_bytes(data)
    page = DerivedPage(595.28, 841.89, False, True, False, "0" * 64)
    finding = Finding("code", Severity.NOTE, "letter.docx", "said", "do", "law")
    return Derived(
        request.output,
        sha256_bytes(data),
        "office",
        "1",
        (page,),
        (OutlineEntry(1, "Łukasz", 1),),
        (finding,),
    )


def test_what_is_put_is_got(tmp_path: Path, asked: ConversionRequest) -> None:
    cache = ConversionCache(tmp_path / "cache")
    assert cache.get(asked, CONVERTER) is None
    made = derived(asked)
    kept = cache.put(asked, CONVERTER, made)
    assert cache.get(asked, CONVERTER) == kept == replace(made, path=kept.path)
    assert kept.path.read_bytes() == b"%PDF drawn"
    assert kept.path.is_relative_to(tmp_path / "cache")


def test_only_the_owner_may_look(tmp_path: Path, asked: ConversionRequest) -> None:
    kept = ConversionCache(tmp_path / "cache").put(asked, CONVERTER, derived(asked))
    for path in (tmp_path / "cache").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700
    assert {path.suffix for path in kept.path.parent.iterdir()} == {".pdf", ".json"}


@pytest.mark.parametrize(
    "change",
    [
        lambda r: replace(r, sha256="f" * 64),
        lambda r: replace(r, stamp=StampBox(1, 2, 3, 4)),
        lambda r: replace(r, details={**r.details, "exhibit": "AB/2"}),
        lambda r: replace(r, details={}),
        lambda r: replace(r, programs={"soffice": Program(Path("/x"), "7.5")}),
    ],
)
def test_the_key_holds_what_the_bytes_depend_on(
    asked: ConversionRequest, change: Callable[[ConversionRequest], ConversionRequest]
) -> None:
    assert cache_key(change(asked), CONVERTER) != cache_key(asked, CONVERTER)


def test_the_key_holds_nothing_else(asked: ConversionRequest, tmp_path: Path) -> None:
    other = replace(
        asked,
        original=tmp_path / "elsewhere",
        output=tmp_path / "o",
        details={**asked.details, "name": "another name"},
        programs={"soffice": Program(Path("/y"), "7.4"), "other": Program(Path("/z"), "1")},
    )
    assert cache_key(other, CONVERTER) == cache_key(asked, CONVERTER)
    for converter in (replace(CONVERTER, version="2"), replace(CONVERTER, name="x")):
        assert cache_key(asked, converter) != cache_key(asked, CONVERTER)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGE: dict[str, Callable[[Path, Path], object]] = {
    "flipped byte in the PDF": lambda pdf, _side: flip(pdf),
    "cut PDF": lambda pdf, _side: pdf.write_bytes(pdf.read_bytes()[:-1]),
    "side file cut": lambda _pdf, side: side.write_bytes(side.read_bytes()[:-9]),
    "side file of another shape": lambda _pdf, side: side.write_text("[]"),
    "side file with an unknown key": lambda _pdf, side: side.write_text(
        side.read_text().replace('"blank"', '"blnak"')
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_entry_is_absent_and_said(tmp_path: Path, asked: ConversionRequest, damage: str) -> None:
    said: list[Finding] = []
    cache = ConversionCache(tmp_path / "cache", said.append)
    kept = cache.put(asked, CONVERTER, derived(asked))
    DAMAGE[damage](kept.path, kept.path.with_suffix(".json"))
    assert cache.get(asked, CONVERTER) is None
    assert [(each.code, each.subject) for each in said] == [("cache-damaged", "letter.docx")]
    cache.put(asked, CONVERTER, derived(asked))
    assert cache.get(asked, CONVERTER) is not None


@pytest.mark.parametrize("lost", [".pdf", ".json"])
def test_half_an_entry_is_absent(tmp_path: Path, asked: ConversionRequest, lost: str) -> None:
    said: list[Finding] = []
    cache = ConversionCache(tmp_path / "cache", said.append)
    cache.put(asked, CONVERTER, derived(asked)).path.with_suffix(lost).unlink()
    assert cache.get(asked, CONVERTER) is None
    assert said == []


def test_a_withdrawn_original_leaves_nothing(tmp_path: Path, asked: ConversionRequest) -> None:
    cache = ConversionCache(tmp_path / "cache")
    cache.put(asked, CONVERTER, derived(asked))
    other = replace(asked, stamp=StampBox(1, 2, 3, 4))
    cache.put(other, CONVERTER, derived(other))
    kept = replace(asked, sha256="f" * 64)
    cache.put(kept, CONVERTER, derived(kept))
    assert cache.remove(asked.sha256)
    assert not cache.remove(asked.sha256)
    assert cache.get(asked, CONVERTER) is None
    assert cache.get(other, CONVERTER) is None
    assert cache.get(kept, CONVERTER) is not None
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["f" * 64]


@pytest.mark.parametrize("name", ["", ".", "..", "../other", "short", "A" * 64, "/etc"])
def test_remove_takes_a_sha256_only(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        ConversionCache(tmp_path / "cache").remove(name)


def test_a_cache_that_cannot_be_used_is_told_once_and_the_file_stays_where_it_was_drawn(
    tmp_path: Path, asked: ConversionRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[Finding] = []
    cache = ConversionCache(tmp_path / "cache", said.append)
    drawn = derived(asked)

    def full(*_args: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(disk, "create", full)
    assert cache.put(asked, CONVERTER, drawn) == drawn
    assert cache.put(asked, CONVERTER, drawn) == drawn
    assert drawn.path.exists()
    assert [(each.code, "the disk is full" in each.message) for each in said] == [("cache-unusable", True)]
    monkeypatch.undo()
    assert cache.get(asked, CONVERTER) is None
    assert cache.put(asked, CONVERTER, drawn).path != drawn.path
