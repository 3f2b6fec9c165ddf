"""doc, odt, rtf, pptx, ppt and odp: every word and slide on a page, nothing fetched, what is hidden reported."""

from __future__ import annotations

import gzip
import io
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from bundles.convert.base import ConversionRequest, ConversionResult, Held, Program
from bundles.convert.office import Walls, to_pdf
from bundles.convert.office_documents import CONVERTER, FILTERS, draw_many
from bundles.derived import Derived
from casefiles.intake.kinds import Kind

MakeRequest = Callable[..., ConversionRequest]
FILES = Path(__file__).resolve().parents[2] / "files" / "office"
DOCUMENTS = (Kind.DOC, Kind.ODT, Kind.RTF)
pytestmark = pytest.mark.slow


def data_of(kind: Kind) -> bytes:
    if kind is Kind.PPT:
        return gzip.decompress((FILES / "hidden.ppt.gz").read_bytes())
    return (FILES / f"hidden.{kind.value}").read_bytes()


def put(folder: Path, kind: Kind, data: bytes | None = None, name: str = "paper") -> Path:
    path = folder / f"{name}.{kind.value}"
    path.write_bytes(data_of(kind) if data is None else data)
    return path


def pages_of(made: ConversionResult) -> list[str]:
    assert isinstance(made, Derived), made
    document = pypdfium2.PdfDocument(str(made.path))
    return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]


@pytest.mark.parametrize("kind", FILTERS)
def test_a_real_file_is_drawn_and_what_it_hides_is_said(
    tmp_path: Path, request_for: MakeRequest, kind: Kind
) -> None:
    path = put(tmp_path, kind)
    before = path.read_bytes()
    (made,) = draw_many(kind, [request_for(path, kind)])
    pages = pages_of(made)
    codes = {each.code: each.message for each in made.findings}
    text = " ".join(pages)
    assert "03/04/19" in text, "the date as it was saved, not today's"
    assert "Łukasz" in text
    if kind in DOCUMENTS:
        for words in (
            "Footnotewords",
            "Headerwords",
            "insertedwords",
            "deletedwords",
            "Celltwo Ōsaka",
            "weblinkwords",
        ):
            assert words in text
        assert "hiddenwords" not in text
        assert "Commentwords" not in text
        assert codes["office-tracked-changes"].endswith("the pages show them as marked changes")
    else:
        assert len(pages) == 2
        assert "Firstslide words" in pages[0]
        assert "Thirdslide words" in pages[1]
        for words in ("Hiddenslide", "Speakernotes", "Slidecomment"):
            assert words not in text
        assert {"office-hidden-slides", "office-speaker-notes"} <= codes.keys()
    assert not codes.keys() & {"office-words-missing", "office-text-vanished"}
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", [Kind.DOC, Kind.ODP])
def test_the_same_file_gives_the_same_bytes(tmp_path: Path, request_for: MakeRequest, kind: Kind) -> None:
    path = put(tmp_path, kind)
    first, second = (draw_many(kind, [request_for(path, kind, extra=each)])[0] for each in "ab")
    assert isinstance(first, Derived) and isinstance(second, Derived)
    assert first.sha256 == second.sha256


def test_a_batch_answers_in_order_and_holds_only_the_culprit(
    tmp_path: Path, request_for: MakeRequest
) -> None:
    texts = [b"{\\rtf1 First letter}", b"{\\rtf1 cut", b"{\\rtf1 Third letter}"]
    paths = [put(tmp_path, Kind.RTF, text, f"p{number}") for number, text in enumerate(texts)]
    made = draw_many(Kind.RTF, [request_for(path, Kind.RTF) for path in paths])
    assert pages_of(made[0]) == ["First letter"]
    assert isinstance(made[1], Held)
    assert made[1].findings[0].code == "office-damaged"
    assert pages_of(made[2]) == ["Third letter"]


@pytest.mark.parametrize("kind", FILTERS)
def test_rubbish_never_reaches_libreoffice(
    tmp_path: Path, request_for: MakeRequest, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> dict[Path, Path]:
        raise AssertionError("LibreOffice was started")

    monkeypatch.setattr("bundles.convert.office_documents.to_pdf", never)
    path = put(tmp_path, kind, bytes(range(256)) * 40)
    (made,) = draw_many(kind, [request_for(path, kind)])
    assert isinstance(made, Held)
    assert made.findings[0].remedy


def test_a_slide_that_is_lost_holds_the_file(
    tmp_path: Path, request_for: MakeRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    blank = tmp_path / "blank.pdf"
    Image.new("RGB", (100, 100), "white").save(blank)
    monkeypatch.setattr(
        "bundles.convert.office_documents.to_pdf", lambda _p, sources, *_, **__: {sources[0]: blank}
    )
    (made,) = draw_many(Kind.ODP, [request_for(put(tmp_path, Kind.ODP), Kind.ODP)])
    assert isinstance(made, Held)
    assert [each.code for each in made.findings] == ["office-slides-lost"]
    (made,) = draw_many(Kind.ODT, [request_for(put(tmp_path, Kind.ODT), Kind.ODT)])
    assert isinstance(made, Held)
    assert [each.code for each in made.findings] == ["office-text-vanished"]


def test_every_kind_has_a_converter_of_its_own() -> None:
    assert {kind for each in CONVERTER for kind in each.kinds} == set(FILTERS)


@pytest.fixture
def heard() -> Iterator[tuple[int, list[object]]]:
    calls: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, address = server.accept()
                except OSError:
                    return
                calls.append(address)
                connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], calls
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def linked(kind: Kind, port: int) -> bytes:
    """The file with its linked picture at our server."""
    with zipfile.ZipFile(io.BytesIO(data_of(kind))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    assert b"127.0.0.1:9/" in members["content.xml"]
    members["content.xml"] = members["content.xml"].replace(b"127.0.0.1:9/", f"127.0.0.1:{port}/".encode())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("kind", [Kind.ODT, Kind.ODP])
def test_no_linked_picture_is_fetched(
    tmp_path: Path,
    request_for: MakeRequest,
    programs: dict[str, Program],
    heard: tuple[int, list[object]],
    kind: Kind,
) -> None:
    """The raw file with the profile's settings alone, then the whole way."""
    port, calls = heard
    path = put(tmp_path, kind, linked(kind, port))
    filters = FILTERS[kind]
    walls = Walls((), False)
    raw = to_pdf(
        programs["soffice"], [path], filters.read, tmp_path / "raw", walls=walls, export_filter=filters.draw
    )
    assert path in raw
    (made,) = draw_many(kind, [request_for(path, kind)])
    assert "office-linked-content" in {each.code for each in made.findings}
    assert calls == []
