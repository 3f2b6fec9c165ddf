"""Makes the finished PDF of a plan: concatenate, stamp, link, outline, label, attach. One pass over the bytes.

qpdf's job joins the files without reading the streams into memory; the pages are stamped in that job's PDF before it
is written, and streams go from the derived files to the output as they are.

Source: ISO 32000-2, 7.7.2 (catalog), 12.3.2 (destinations), 12.4.2 (page labels), 12.5.6.5 (links),
7.11.4 and 14.13 (embedded and associated files), 14.3.2 (metadata), 14.4 (file identifiers).
"""

from __future__ import annotations

import hashlib
import html
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import pikepdf
from pikepdf import Array, Dictionary, Name

from bundles.manifest import ATTACHMENT_NAME, Manifest
from bundles.model import BundlePlan, IndexLink, PageRange
from bundles.outline import page_top, text_string, write_outline
from bundles.profile import Profile
from bundles.stamp import Stamper, StampStyle
from casefiles.errors import CasebinderError
from casefiles.files.scratch import change_in_place
from casefiles.uk_dates import parse_instant

_QPDF_STATIC_ID = b"<31415926535897932384626433832795>"
_TRAILER_BYTES = 4096


class AssemblyFailed(CasebinderError):
    """A derived file is not what the plan says that it is."""

    code: ClassVar[str] = "assembly-failed"


def assemble(
    plan: BundlePlan,
    front: Path,
    derived_paths: Mapping[str, Path],
    manifest: Manifest,
    output: Path,
    *,
    profile: Profile,
) -> None:
    """Write the finished PDF of `plan` to `output`, a new file in a scratch folder.

    `front` is the cover and index as drawn; `derived_paths` gives the PDF for each derived SHA-256. The same plan and
    files give the same bytes.

    Raises:
        AssemblyFailed: a file is missing, cannot be read, has other pages than the plan says, or a link out of itself.
        OSError: the output cannot be written.
    """
    parts = [_Part("cover and index", front, plan.front_sha256, PageRange(1, plan.front_pages))]
    parts += [
        _Part(f"tab {tab.label}", derived_paths[tab.derived_sha256], tab.derived_sha256, tab.pages)
        for tab in plan.tabs
    ]
    pdf = _concatenate(parts)
    pages = [page.obj for page in pdf.pages]
    stamper = Stamper(pdf, StampStyle(profile.stamp, profile.numbering.font_size_pt, plan.mark))
    for page, number in zip(pages, plan.stamps, strict=True):
        stamper.stamp(page, number)
    _mend_links(pdf, pages, parts)
    _link_index(pdf, pages, plan.index_links)
    write_outline(pdf, pages, plan.bookmarks)
    _catalog(pdf, pages, plan, manifest)
    attached = manifest.encode()
    _attach(pdf, plan, attached)
    pdf.save(
        output,
        static_id=True,
        force_version="1.7",
        fix_metadata_version=False,
        compress_streams=False,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
    )
    _set_identifier(output, hashlib.sha256(attached + repr(plan).encode()).hexdigest()[:32])


_EMPTY_CACHE = "Empty the conversion cache and make the bundle again."


@dataclass(frozen=True)
class _Part:
    """One file to bind, what it is to people, and the bundle's pages that it becomes."""

    name: str
    path: Path
    sha256: str
    pages: PageRange


def _concatenate(parts: Sequence[_Part]) -> pikepdf.Pdf:
    counts: dict[Path, int] = {}
    for part in parts:
        try:
            if part.path not in counts:
                with pikepdf.open(part.path) as pdf:
                    counts[part.path] = len(pdf.pages)
        except (pikepdf.PdfError, OSError) as error:
            raise AssemblyFailed(
                f"the file to bind as {part.name} cannot be read: {error}", remedy=_EMPTY_CACHE
            ) from error
        if counts[part.path] != part.pages.count:
            raise AssemblyFailed(
                f"the file to bind as {part.name} has {counts[part.path]} pages, the plan {part.pages.count}",
                remedy=_EMPTY_CACHE,
            )
    job = {
        "empty": "",
        "outputFile": "unused",
        "staticId": "",
        "streamData": "preserve",
        # qpdf would otherwise drop what it thinks unused from resources that pages share; the pages stay as they are.
        "removeUnreferencedResources": "no",
        "pages": [{"file": str(part.path.absolute()), "range": "1-z"} for part in parts],
    }
    try:
        joined: pikepdf.Pdf = pikepdf.Job(job).create_pdf()  # type: ignore[no-untyped-call]
    except (pikepdf.PdfError, RuntimeError) as error:
        raise AssemblyFailed(f"the files cannot be joined: {error}", remedy=_EMPTY_CACHE) from error
    return joined


def _mend_links(pdf: pikepdf.Pdf, pages: Sequence[pikepdf.Object], parts: Sequence[_Part]) -> None:
    """Make each link that came with a derived file lead into its own copy of that file.

    Where one derived file is bound twice, qpdf lets the second copy's links lead to the first copy's pages and lets
    both share their annotations.
    """
    number_of = {page.objgen: number for number, page in enumerate(pages, start=1)}
    first_copies: dict[str, PageRange] = {}
    for part in parts:
        own, first = part.pages, first_copies.setdefault(part.sha256, part.pages)
        for page in pages[own.first - 1 : own.last]:
            if "/Annots" not in page:
                continue
            mended = []
            for link in page.Annots:
                target = link.Dest[0]
                number = number_of.get(target.objgen, 0) if isinstance(target, Dictionary) else 0
                if not first.first <= number <= first.last:
                    raise AssemblyFailed(
                        f"a link in {part.name} leads out of its document", remedy=_EMPTY_CACHE
                    )
                target = pages[number + own.first - first.first - 1]
                mended.append(link if own == first else _copy_of_link(pdf, link, target))
            page.Annots = Array(mended)


def _copy_of_link(pdf: pikepdf.Pdf, link: pikepdf.Object, target: pikepdf.Object) -> pikepdf.Object:
    copy = Dictionary(dict(link.items()))
    copy.Dest = Array([target, *list(link.Dest)[1:]])
    return pdf.make_indirect(copy)


def _link_index(pdf: pikepdf.Pdf, pages: Sequence[pikepdf.Object], links: Sequence[IndexLink]) -> None:
    for link in links:
        page = pages[link.on_page - 1]
        corners = [_number(value) for value in (link.left_pt, link.bottom_pt, link.right_pt, link.top_pt)]
        annotation = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Link,
            Rect=Array(corners),
            Border=Array([0, 0, 0]),
            F=4,  # printed with the page, as PDF/A asks; there is nothing to see
            Dest=page_top(pages[link.to_page - 1]),
        )
        if "/Annots" not in page:
            page.Annots = Array([])
        page.Annots.append(pdf.make_indirect(annotation))


def _catalog(pdf: pikepdf.Pdf, pages: Sequence[pikepdf.Object], plan: BundlePlan, manifest: Manifest) -> None:
    root = pdf.Root
    root.PageLabels = Dictionary(Nums=Array([0, Dictionary(S=Name.D)]))
    root.OpenAction = Array([pages[0], Name.XYZ, None, None, _number(plan.zoom)])
    root.PageMode = Name.UseOutlines
    root.Lang = pikepdf.String(plan.language)
    root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    title, producer = _document_title(plan), f"casebinder {manifest.casebinder}"
    made = _pdf_date(plan.made_at)
    pdf.trailer.Info = pdf.make_indirect(
        Dictionary(Title=text_string(title), Producer=text_string(producer), CreationDate=made, ModDate=made)
    )
    root.Metadata = pikepdf.Stream(pdf, _xmp(title, producer, plan), Type=Name.Metadata, Subtype=Name.XML)


def _attach(pdf: pikepdf.Pdf, plan: BundlePlan, data: bytes) -> None:
    made = _pdf_date(plan.made_at)
    stream = pikepdf.Stream(
        pdf,
        zlib.compress(data, 9),
        Type=Name.EmbeddedFile,
        Subtype=Name("/application/json"),
        Filter=Name.FlateDecode,
        Params=Dictionary(
            Size=len(data),
            CreationDate=made,
            ModDate=made,
            CheckSum=pikepdf.String(hashlib.md5(data, usedforsecurity=False).digest()),
        ),
    )
    entry = pdf.make_indirect(
        Dictionary(
            Type=Name.Filespec,
            F=pikepdf.String(ATTACHMENT_NAME),
            UF=pikepdf.String(ATTACHMENT_NAME),
            Desc=pikepdf.String("Which original each page came from"),
            AFRelationship=Name.Data,
            EF=Dictionary(F=stream, UF=stream),
        )
    )
    pdf.Root.Names = Dictionary(
        EmbeddedFiles=Dictionary(Names=Array([pikepdf.String(ATTACHMENT_NAME), entry]))
    )
    pdf.Root.AF = Array([entry])


def _document_title(plan: BundlePlan) -> str:
    return f"{plan.case_reference} {plan.title}"


def _pdf_date(instant: str) -> pikepdf.String:
    return pikepdf.String(f"D:{parse_instant(instant):%Y%m%d%H%M%S}Z")


def _number(value: float) -> pikepdf.Object | int:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return pikepdf.Object.parse(("0" if text == "-0" else text).encode())


def _xml(text: str) -> str:
    return html.escape(text, quote=False)


def _xmp(title: str, producer: str, plan: BundlePlan) -> bytes:
    made: datetime = parse_instant(plan.made_at)
    date = f"{made:%Y-%m-%dT%H:%M:%SZ}"
    shown = _xml("".join(character for character in title if character.isprintable()))
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{shown}</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>{_xml(plan.language)}</rdf:li></rdf:Bag></dc:language>
<xmp:CreateDate>{date}</xmp:CreateDate>
<xmp:ModifyDate>{date}</xmp:ModifyDate>
<xmp:MetadataDate>{date}</xmp:MetadataDate>
<pdf:Producer>{_xml(producer)}</pdf:Producer>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()


def _set_identifier(path: Path, digits: str) -> None:
    """Put our own file identifier in place of qpdf's fixed one, which has the same length.

    qpdf's own deterministic one digests the whole output, which doubles the time of a large bundle.
    """
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        start = max(0, size - _TRAILER_BYTES)
        stream.seek(start)
        tail = stream.read()
        trailer = tail.rfind(b"trailer <<")
        if trailer < 0 or tail.count(_QPDF_STATIC_ID, trailer) != 2:
            raise AssemblyFailed("the finished file has no trailer where it should be", remedy=_EMPTY_CACHE)
        new = tail[:trailer] + tail[trailer:].replace(_QPDF_STATIC_ID, b"<" + digits.encode("ascii") + b">")
    change_in_place(path, start, new)
