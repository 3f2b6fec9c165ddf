"""What programs leave in a PDF beside its pages is named at intake, and nothing of it is in the copy."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name
from reportlab.pdfgen.canvas import Canvas

from bundles.convert.base import ConversionRequest
from bundles.convert.pdf import convert_pdf
from bundles.derived import Derived
from casefiles.intake.facts import read_facts
from casefiles.intake.kinds import Kind, detect

MakeRequest = Callable[..., ConversionRequest]
XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf='
    b'"http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/">'
    b'<xmpMM:History>XMP-SECRET</xmpMM:History></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)
SECRETS = (b"THUMB-SECRET", b"PIECE-SECRET", b"XMP-SECRET", b"ALTERNATE-SECRET", b"IMAGE-XMP-SECRET")


def laden(path: Path) -> None:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842), invariant=True)
    canvas.drawString(72, 700, "A page")
    canvas.save()
    with pikepdf.open(io.BytesIO(out.getvalue())) as pdf:
        page = pdf.pages[0].obj
        size = Dictionary(
            Subtype=Name.Image, Width=4, Height=3, BitsPerComponent=8, ColorSpace=Name.DeviceGray
        )
        page.Thumb = pdf.make_stream(SECRETS[0], size)
        page.PieceInfo = Dictionary(
            Illustrator=Dictionary(LastModified="D:20260101", Private=pdf.make_stream(SECRETS[1]))
        )
        pdf.Root.Metadata = pdf.make_stream(XMP, Type=Name.Metadata)
        image = pdf.make_stream(b"\x10\x80\xf0" * 4, size)
        image.Alternates = Array([Dictionary(Image=pdf.make_stream(SECRETS[3], size))])
        image.Metadata = pdf.make_stream(SECRETS[4], Type=Name.Metadata)
        page.Resources.XObject = Dictionary(I=image)
        page.Contents = pdf.make_stream(page.Contents.read_bytes() + b"\nq 100 0 0 100 72 400 cm /I Do Q")
        pdf.save(path, compress_streams=False)


def test_nothing_of_it_is_in_the_copy(tmp_path: Path, request_for: MakeRequest) -> None:
    path = tmp_path / "a.pdf"
    laden(path)
    assert all(secret in path.read_bytes() for secret in SECRETS)
    made = convert_pdf(request_for(path, Kind.PDF))
    assert isinstance(made, Derived)
    with pikepdf.open(made.path) as pdf:
        streams = [one.read_bytes() for one in pdf.objects if isinstance(one, pikepdf.Stream)]
    assert [secret for secret in SECRETS if any(secret in data for data in streams)] == []


def test_it_is_named_at_intake(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    laden(path)
    (found,) = [
        one for one in read_facts(path, detect(path), tmp_path).findings if one.code == "pdf-left-behind"
    ]
    for words in (
        "small pictures of 1 of its pages",
        "working data",
        "other versions of its pictures",
        "a history",
    ):
        assert words in found.message
    plain = tmp_path / "plain.pdf"
    canvas = Canvas(str(plain))
    canvas.drawString(72, 700, "A page")
    canvas.save()
    assert read_facts(plain, detect(plain), tmp_path).findings == ()
