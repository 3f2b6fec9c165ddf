"""OpenDocument texts that LibreOffice wrote: every place that words can stand in, and what is not drawn."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from casefiles.intake.kinds import Kind, detect
from casefiles.intake.limits import FactsLimits
from casefiles.intake.readers.office import look
from casefiles.intake.readers.office_contents import Contents, Refused

FILES = Path(__file__).resolve().parents[3] / "files" / "office"
SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{full}:1.0"'
    for name, full in (
        ("office", "office"), ("text", "text"), ("style", "style"), ("draw", "drawing"), ("table", "table"),
        ("script", "script"),
    )
)  # fmt: skip


def document(folder: Path, body: str, styles: str = "") -> Path:
    path = folder / "letter.odt"
    content = (
        f'<office:document-content {SPACES} xmlns:xlink="http://www.w3.org/1999/xlink"><office:automatic-styles>{styles}'
        f"</office:automatic-styles><office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return path


def contents(path: Path) -> Contents:
    return look(path, Kind.ODT, FactsLimits()).contents


def test_contents_notes_frames_and_headers_are_read_and_hidden_styles_told() -> None:
    found = contents(FILES / "contents.odt")
    shown = " ".join(found.shown[0].split())
    assert shown.startswith(
        "Contents here Attendance 1 Attendance Body with note Notewords inside after. Framewords"
    )
    assert "Last words" in shown
    assert found.hidden == ["Hidden by style", "Hidden by parent"]
    assert found.margins == ["Headword Ashfield\nFootword\n"]


def test_the_pattern_of_an_index_is_no_text_of_the_document() -> None:
    searched = contents(FILES / "contents.odt").searchable
    assert "Sourcetitle" not in searched
    assert "Spanword" not in searched


@pytest.mark.parametrize(
    ("body", "shown", "hidden"),
    [
        ("<text:p>a<text:s text:c='4'/>b<text:tab/>c<text:line-break/>d</text:p>", "a b c d", []),
        ("<text:p>a<!-- remark -->b<?work x?>c</text:p>", "abc", []),
        ("<text:p>a<text:hidden-text text:string-value='gone'/></text:p>", "a", ["gone"]),
        (
            "<text:section text:display='none'><text:p>gone</text:p></text:section><text:p>a</text:p>",
            "a",
            ["gone"],
        ),
        ("<text:section text:display='condition'><text:p>a</text:p></text:section>", "a", []),
        (
            "<table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell>"
            "<table:covered-table-cell><text:p>gone</text:p></table:covered-table-cell></table:table-row></table:table>",
            "a",
            ["gone"],
        ),
        ("<text:p>a<text:span text:style-name='H'>gone</text:span>b</text:p>", "ab", ["gone"]),
        ("<text:p text:style-name='H'>gone</text:p><text:p>a</text:p>", "a", ["gone"]),
    ],
)
def test_what_is_drawn_and_what_is_hidden(tmp_path: Path, body: str, shown: str, hidden: list[str]) -> None:
    styles = "".join(
        f"<style:style style:name='H' style:family='{family}'><style:text-properties text:display='none'/></style:style>"
        for family in ("text", "paragraph")
    )
    found = contents(document(tmp_path, body, styles))
    assert " ".join(found.shown[0].split()) == shown
    assert found.hidden == hidden


def test_links_to_outside_and_macros_are_told(tmp_path: Path) -> None:
    body = (
        "<text:p><draw:image xlink:href='https://example.org/a.png'/><draw:image xlink:href='Pictures/a.png'/>"
        "<text:a xlink:href='https://example.org'>link</text:a><script:event-listener/></text:p>"
    )
    found = contents(document(tmp_path, body))
    assert (found.linked, found.macros) == (1, True)


def test_a_body_of_another_sort_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="another sort"):
        look(document(tmp_path, "<text:p>a</text:p>"), Kind.ODP, FactsLimits())


def told(
    folder: Path, said: str | None, body: str = "text", *, last: bool = False, whole: bool = True
) -> Kind:
    members = [
        ("META-INF/manifest.xml", "<m/>"),
        ("content.xml", f"<d><office:body>\n <office:{body}/></office:body></d>"),
    ]
    if said is not None:
        members.insert(len(members) if last else 0, ("mimetype", said))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members:
            archive.writestr(name, data)
    path = folder / "no ending"
    path.write_bytes(out.getvalue() if whole else out.getvalue()[:120])
    return detect(path).kind


ODF = "application/vnd.oasis.opendocument."


@pytest.mark.parametrize(
    ("said", "body", "kind"),
    [
        (f"{ODF}text", "text", Kind.ODT),
        (f"{ODF}text-web", "text", Kind.ODT),
        (f"{ODF}text-master", "text", Kind.ODT),
        (f"{ODF}text-template", "text", Kind.ODT),
        (f"{ODF}text-master-template", "text", Kind.ODT),
        (f"{ODF}spreadsheet-template\n", "spreadsheet", Kind.ODS),
        (f"{ODF}presentation-template", "presentation", Kind.ODP),
        (None, "text", Kind.ODT),
        (None, "spreadsheet", Kind.ODS),
        ("something else", "presentation", Kind.ODP),
        (None, "drawing", Kind.ZIP),
        (f"{ODF}graphics", "drawing", Kind.ZIP),
    ],
)
def test_a_document_is_told_by_what_it_says_or_by_its_body(
    tmp_path: Path, said: str | None, body: str, kind: Kind
) -> None:
    assert told(tmp_path, said, body) is kind
    assert told(tmp_path, said, body, last=True) is kind


@pytest.mark.parametrize(("said", "kind"), [(f"{ODF}text", Kind.ODT), (f"{ODF}text-web", Kind.ODT)])
def test_a_cut_one_is_still_told(tmp_path: Path, said: str, kind: Kind) -> None:
    assert told(tmp_path, said, whole=False) is kind


def test_a_page_that_libreoffice_saved_for_the_web_is_a_document() -> None:
    assert detect(FILES / "web.oth").kind is Kind.ODT
    assert contents(FILES / "web.oth").shown == ["Attendance\nLetter of 3 March 2026\n"]
