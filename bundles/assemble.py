"""Makes the finished PDF of a plan: concatenate, stamp, link, outline, label, attach. One pass over the bytes.

qpdf's job joins the files without reading the streams into memory; the pages are stamped in that job's PDF before it
is written, and streams go from the derived files to the output as they are.

Source: ISO 32000-2, 7.7.2 (catalog), 12.3.2 (destinations), 12.4.2 (page labels), 12.5.6.5 (links), 12.6.4.3 (remote
go-to actions),
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
from bundles.model import BundlePlan, IndexLink, OutsideRow, PageRange
from bundles.outline import page_top, text_string, write_outline
from bundles.profile import Profile
from bundles.sharing import share_streams
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
    share: bool = False,
) -> None:
    """Write the finished PDF of `plan` to `output`, a new file in a scratch folder.

    `front` is the cover and index as drawn; `derived_paths` gives the PDF for each derived SHA-256. With `share`, fonts
    and pictures that stand in several of these files are kept once. The same plan and files give the same bytes.

    Raises:
        AssemblyFailed: a file is missing, cannot be read, has other pages than the plan says, or a link out of itself.
        OSError: the output cannot be written.
    """
    before = plan.first_page - 1
    parts = [_Part("cover and index", front, plan.front_sha256, PageRange(1, plan.front_pages))]
    parts += [
        _Part(
            f"tab {tab.label}",
            derived_paths[tab.derived_sha256],
            tab.derived_sha256,
            PageRange(tab.pages.first - before, tab.pages.last - before),
            tab.from_page,
            tab.of_pages,
        )
        for tab in plan.tabs
    ]
    pdf = _concatenate(parts)
    if share:
        share_streams(pdf)
    pages = [page.obj for page in pdf.pages]
    stamper = Stamper(pdf, StampStyle(profile.stamp, profile.numbering.font_size_pt, plan.mark))
    for page, number in zip(pages, plan.stamps, strict=True):
        stamper.stamp(page, number)
    _mend_links(pdf, pages, parts)
    _link_index(pdf, pages, plan)
    write_outline(pdf, pages, plan.bookmarks, plan.first_page)
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
    """One file to bind, what it is to people, and the pages of the output (from 1) that it becomes.

    Bound are its pages from `from_page` on; `of_pages` is how many it has, 0 where all of them are bound.
    """

    name: str
    path: Path
    sha256: str
    pages: PageRange
    from_page: int = 1
    of_pages: int = 0

    @property
    def range(self) -> str:
        """Its pages that are bound, as qpdf writes that."""
        return f"{self.from_page}-{self.from_page + self.pages.count - 1}" if self.of_pages else "1-z"


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
        if counts[part.path] != (part.of_pages or part.pages.count):
            raise AssemblyFailed(
                f"the file to bind as {part.name} has {counts[part.path]} pages, "
                f"the plan {part.of_pages or part.pages.count}",
                remedy=_EMPTY_CACHE,
            )
    job = {
        "empty": "",
        "outputFile": "unused",
        "staticId": "",
        "streamData": "preserve",
        # qpdf would otherwise drop what it thinks unused from resources that pages share; the pages stay as they are.
        "removeUnreferencedResources": "no",
        "pages": [{"file": str(part.path.absolute()), "range": part.range} for part in parts],
    }
    try:
        joined: pikepdf.Pdf = pikepdf.Job(job).create_pdf()  # type: ignore[no-untyped-call]
    except (pikepdf.PdfError, RuntimeError) as error:
        raise AssemblyFailed(f"the files cannot be joined: {error}", remedy=_EMPTY_CACHE) from error
    return joined


def _mend_links(pdf: pikepdf.Pdf, pages: Sequence[pikepdf.Object], parts: Sequence[_Part]) -> None:
    """Make each link that came with a derived file lead into its own copy of that file.

    Where one derived file is bound twice, qpdf lets the second copy's links lead to the first copy's pages and lets
    both share their annotations. Where only a part of a file is bound, a link to another part of it is left out: it
    would lead to a page that is in another volume.
    """
    number_of = {page.objgen: number for number, page in enumerate(pages, start=1)}
    first_copies: dict[tuple[str, int], PageRange] = {}
    for part in parts:
        own, first = part.pages, first_copies.setdefault((part.sha256, part.from_page), part.pages)
        for page in pages[own.first - 1 : own.last]:
            if "/Annots" not in page:
                continue
            mended = []
            for link in page.Annots:
                target = link.Dest[0]
                number = number_of.get(target.objgen, 0) if isinstance(target, Dictionary) else 0
                if part.of_pages and not first.first <= number <= first.last:
                    continue
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


def _link_index(pdf: pikepdf.Pdf, pages: Sequence[pikepdf.Object], plan: BundlePlan) -> None:
    rows: tuple[IndexLink | OutsideRow, ...] = (*plan.index_links, *plan.outside_rows)
    for row in rows:
        page = pages[row.on_page - plan.first_page]
        corners = [_number(value) for value in (row.left_pt, row.bottom_pt, row.right_pt, row.top_pt)]
        annotation = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Link,
            Rect=Array(corners),
            Border=Array([0, 0, 0]),
            F=4,  # printed with the page, as PDF/A asks; there is nothing to see
        )
        if isinstance(row, OutsideRow):
            annotation.A = _into_volume(row)
        else:
            annotation.Dest = page_top(pages[row.to_page - plan.first_page])
        if "/Annots" not in page:
            page.Annots = Array([])
        page.Annots.append(pdf.make_indirect(annotation))


def _into_volume(row: OutsideRow) -> pikepdf.Dictionary:
    """Go to a page of a file beside this one. A viewer that cannot does nothing; the row prints volume and page."""
    name = row.file.encode("ascii", "replace").decode()
    return Dictionary(
        Type=Name.Action,
        S=Name.GoToR,
        F=Dictionary(Type=Name.Filespec, F=pikepdf.String(name), UF=text_string(row.file)),
        D=Array([row.file_page - 1, Name.Fit]),
        NewWindow=True,
    )


def _catalog(pdf: pikepdf.Pdf, pages: Sequence[pikepdf.Object], plan: BundlePlan, manifest: Manifest) -> None:
    root = pdf.Root
    labels = Dictionary(S=Name.D)
    if plan.first_page > 1:
        labels.St = plan.first_page
    root.PageLabels = Dictionary(Nums=Array([0, labels]))
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
    volume = f", volume {plan.volume} of {plan.volumes}" if plan.volumes > 1 else ""
    return f"{plan.case_reference} {plan.title}{volume}"


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
