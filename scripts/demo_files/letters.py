"""The Word documents of the caseload: letters, a meeting note, the decision record, legal advice."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from scripts.demo_files.story import (
    COUNCIL,
    COUNCIL_ADDRESS,
    NOTICE,
    OFFICER,
    SAM,
    SCHOOL,
    SERVICE,
    ZOE,
    Child,
    long_date,
)

GREEN = RGBColor(0x1D, 0x5B, 0x4F)
STILL = (1980, 1, 1, 0, 0, 0)


def documents() -> dict[str, bytes]:
    """File name → bytes."""
    return {
        "letter-pat.docx": _letter_to_pat(),
        "letter-kit.docx": _letter_to_kit(),
        "meeting.docx": _meeting_note(),
        "decision.docx": _decision_record(),
        "advice.docx": _legal_advice(),
    }


def _paper(made: datetime, fill: Callable[[DocumentType], None]) -> bytes:
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.4)
    section.top_margin, section.bottom_margin = Cm(2), Cm(2)
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Calibri", Pt(11)
    style.paragraph_format.space_after = Pt(8)
    footer = section.footer.paragraphs[0]
    run = footer.add_run(NOTICE)
    run.font.size, run.font.color.rgb = Pt(8), RGBColor(0x60, 0x60, 0x60)
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    properties = document.core_properties
    properties.author = properties.last_modified_by = OFFICER
    properties.created = properties.modified = made
    fill(document)
    raw = io.BytesIO()
    document.save(raw)
    return _dated_alike(raw.getvalue())


def _dated_alike(docx: bytes) -> bytes:
    """The same members with one fixed time, so that a second run gives the same bytes."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(docx)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, STILL), source.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _rule_under(paragraph: object) -> None:
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for key, value in {"val": "single", "sz": "12", "space": "4", "color": "1D5B4F"}.items():
        bottom.set(qn(f"w:{key}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().append(borders)  # type: ignore[attr-defined]


def _letterhead(document: DocumentType) -> None:
    head = document.add_paragraph()
    name = head.add_run(COUNCIL)
    name.bold, name.font.size, name.font.color.rgb = True, Pt(20), GREEN
    head.paragraph_format.space_after = Pt(0)
    service = document.add_paragraph()
    service.add_run(
        f"{SERVICE} · {COUNCIL_ADDRESS}\nTelephone 01632 960100 · ews@anytown.example"
    ).font.size = Pt(9.5)
    _rule_under(service)


def _heading(document: DocumentType, text: str) -> None:
    run = document.add_paragraph().add_run(text)
    run.bold, run.font.size = True, Pt(12.5)


def _table(
    document: DocumentType, rows: list[tuple[str, ...]], widths_cm: tuple[float, ...], *, header: bool = True
) -> None:
    table = document.add_table(rows=0, cols=len(widths_cm))
    table.style = "Table Grid"
    table.autofit = False
    for column, width in zip(table.columns, widths_cm, strict=True):
        column.width = Cm(width)
    for number, row in enumerate(rows):
        cells = table.add_row().cells
        for column, (cell, text, width) in enumerate(zip(cells, row, widths_cm, strict=True)):
            cell.width = Cm(width)
            run = cell.paragraphs[0].add_run(text)
            run.bold, run.font.size = (number == 0 if header else column == 0), Pt(10)
            cell.paragraphs[0].paragraph_format.space_after = Pt(2)
    document.add_paragraph().paragraph_format.space_after = Pt(2)


def _warning_letter(
    document: DocumentType, addressee: str, when: str, reference: str, intro: list[str]
) -> None:
    _letterhead(document)
    document.add_paragraph(addressee)
    document.add_paragraph(f"{when}\nOur reference: {reference}")
    _heading(document, "Attendance of Zoë Example and Sam Example at " + SCHOOL)
    for text in intro:
        document.add_paragraph(text)


def _letter_to_pat() -> bytes:
    def fill(document: DocumentType) -> None:
        _warning_letter(
            document,
            "Pat Example\n1 Sample Street\nAnytown\nAN1 1AA",
            "19 January 2026",
            "EWS/2026-0042/1",
            [
                "Dear Pat Example",
                "I am writing because your children have not been attending school regularly. The school’s attendance "
                "register shows the sessions in the table below as absences without authorisation. A session is one "
                "morning or one afternoon.",
            ],
        )
        _table(
            document,
            [
                ("Child", "Year", "Sessions possible", "Unauthorised absences", "Weeks"),
                ("Zoë Example", "7", "20", str(_unauthorised(ZOE, 2)), "5 to 16 January 2026"),
                ("Sam Example", "4", "20", str(_unauthorised(SAM, 2)), "5 to 16 January 2026"),
            ],
            (3.6, 1.6, 3.2, 4.0, 3.8),
        )
        for text in (
            "As a parent you must make sure that your children attend school regularly. If a parent knows that a "
            "child is failing to attend regularly and fails to cause the child to do so, that parent may be guilty "
            "of an offence under section 444(1A) of the Education Act 1996, unless there is a reasonable "
            "justification.",
            "We would like to help. Please come to a meeting at the school on Wednesday 28 January 2026 at 3.45 pm. "
            "You may bring someone with you. If a child is unwell, please send the school any medical evidence you "
            "have. If there is something at home that makes it hard to get to school, please tell us.",
            "If the absences go on, the council may prosecute without writing to you again.",
            "You can reach me on 01632 960104.",
        ):
            document.add_paragraph(text)
        document.add_paragraph(f"Yours sincerely\n\n\n{OFFICER}\nEducation Welfare Officer")
        document.add_page_break()  # type: ignore[no-untyped-call]
        _heading(document, "How we can help")
        for text in (
            "A review of the children’s travel to school, including a bus pass",
            "A referral to the school nurse or to early help",
            "A change of form group where a child is worried about school",
            "A morning place at breakfast club from 7.45 am, free of charge",
        ):
            document.add_paragraph(text, style="List Bullet")
        _heading(document, "What the words mean")
        _table(
            document,
            [
                ("Word", "Meaning"),
                ("Session", "One morning or one afternoon for which the register is taken"),
                ("Authorised absence", "The school has agreed to it or accepts its reason, such as illness"),
                ("Unauthorised absence", "The school has not agreed to it; codes G, N, O and U"),
            ],
            (4.6, 11.6),
        )

    return _paper(datetime(2026, 1, 19, 11, 4), fill)


def _unauthorised(child: Child, weeks: int) -> int:
    return sum(part.count("O") + part.count("U") for part in child.weeks[:weeks])


def _letter_to_kit() -> bytes:
    def fill(document: DocumentType) -> None:
        _warning_letter(
            document,
            "Kit Example\nFlat 2\n9 Elsewhere Road\nAnytown\nAN2 2BB",
            "26 January 2026",
            "EWS/2026-0042/2",
            [
                "Dear Kit Example",
                "I wrote to the children’s other parent on 19 January 2026. Zoë and Sam live with each of you for part "
                "of the week, so each of you must make sure that they attend school.",
                f"Between 5 and 23 January 2026 Zoë missed {_unauthorised(ZOE, 3)} and Sam missed "
                f"{_unauthorised(SAM, 3)} of 30 possible sessions without authorisation. Several of these were on days "
                "when the children were staying with you.",
                "If a parent knows that a child is failing to attend regularly and fails to cause the child to do so, "
                "that parent may be guilty of an offence under section 444(1A) of the Education Act 1996, unless there "
                "is a reasonable justification.",
                "There is a meeting at the school on Wednesday 28 January 2026 at 3.45 pm. Please come. If you prefer "
                "a separate meeting, call me on 01632 960104 and I will arrange it.",
            ],
        )
        document.add_paragraph(f"Yours sincerely\n\n\n{OFFICER}\nEducation Welfare Officer")

    return _paper(datetime(2026, 1, 26, 9, 31), fill)


def _meeting_note() -> bytes:
    def fill(document: DocumentType) -> None:
        _letterhead(document)
        _heading(document, "Note of attendance meeting")
        _table(
            document,
            [
                ("When", "Wednesday 28 January 2026, 3.45 pm to 4.30 pm"),
                ("Where", f"Meeting room 2, {SCHOOL}"),
                (
                    "Present",
                    f"{OFFICER}; R. Headteacher; Pat Example; Kit Example; Łukasz Żółć (interpreter)",
                ),
                ("About", "Zoë Example (Year 7) and Sam Example (Year 4)"),
            ],
            (3.0, 13.2),
            header=False,
        )
        for number, text in enumerate(
            (
                "A. B. Officer explained the register and the absences since 5 January. Both parents had read their letters.",
                "Pat said that mornings are difficult when the children come straight from Kit’s home. Kit agreed.",
                "The head teacher offered breakfast club for Sam from 7.45 am and a change of form group for Zoë. "
                "Both offers were accepted.",
                "Zoë has no difficulty with her lessons. She told the head teacher that she “can’t be bothered on Wednesdays”.",
                "A. B. Officer explained section 444(1A) of the Education Act 1996 and what happens if absences go on. "
                "Both parents said that they understood. The interpreter confirmed this for Kit.",
            ),
            start=1,
        ):
            document.add_paragraph(f"{number}.  {text}")
        _heading(document, "What was agreed")
        _table(
            document,
            [
                ("Action", "Who", "By"),
                ("Breakfast club place for Sam", "Head teacher", "2 February 2026"),
                (
                    "Telephone the school before 8.30 am on any day of absence",
                    "Pat and Kit",
                    "from 29 January 2026",
                ),
                (
                    "Medical evidence for any absence said to be illness",
                    "Pat and Kit",
                    "from 29 January 2026",
                ),
                ("Review of attendance", OFFICER, "13 February 2026"),
            ],
            (9.4, 3.4, 3.4),
        )

    return _paper(datetime(2026, 1, 28, 17, 12), fill)


def _decision_record() -> bytes:
    def fill(document: DocumentType) -> None:
        _letterhead(document)
        _heading(document, "Decision record: prosecution under section 444(1A), Education Act 1996")
        document.add_paragraph("Internal. Not for service.")
        rows: list[tuple[str, ...]] = [("Child", "Possible", "Attended", "Authorised", "Unauthorised")]
        rows += [(child.name, *map(str, child.totals())) for child in (ZOE, SAM)]
        _table(document, rows, (5.0, 2.8, 2.8, 2.8, 2.8))
        for title, text in (
            ("Evidential stage", "Certificates of attendance for each child are held. Each parent had a letter and came "
             "to the meeting of 28 January 2026, so each knew. No statutory defence is raised by the papers."),
            ("Education supervision order (section 447)", "Considered on 27 February 2026. Both parents engage with the "
             "school; an order would add nothing that the agreed plan does not give."),
            ("Public interest", "Support was offered and taken up in part. Absences went on after the meeting."),
            ("Decision", "Prosecute Pat Example and Kit Example for each child, from 5 January to 13 February 2026."),
        ):  # fmt: skip
            _heading(document, title)
            document.add_paragraph(text)
        document.add_paragraph(f"\nM. Manager, Head of Education Welfare\n{long_date(datetime(2026, 3, 2))}")

    return _paper(datetime(2026, 3, 2, 10, 0), fill)


def _legal_advice() -> bytes:
    def fill(document: DocumentType) -> None:
        run = document.add_paragraph().add_run("CONFIDENTIAL AND LEGALLY PRIVILEGED")
        run.bold = True
        _heading(document, "Advice on evidence: Pat Example and Kit Example")
        document.add_paragraph(
            "From: L. Solicitor, Legal Services\nTo: A. B. Officer\nDate: 25 February 2026"
        )
        for text in (
            "1.  The certificates should be signed by the head teacher and dated after the end of the period.",
            "2.  For section 444(1A) prove what each parent knew and when: the letters, proof of posting and the note "
            "of 28 January are enough if produced by the officer who wrote them.",
            "3.  The surgery’s letter about Sam is locked. Ask for an open copy before you decide whether to rely on it.",
            "4.  Scan 0007 is damaged. Ask for the visit notes again.",
        ):
            document.add_paragraph(text)

    return _paper(datetime(2026, 2, 25, 14, 20), fill)
