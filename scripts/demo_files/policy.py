"""The school's attendance policy: twelve pages with a contents page, nested bookmarks and internal links."""

from __future__ import annotations

import io

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageBreak, PageTemplate, Paragraph, Spacer
from reportlab.platypus.tableofcontents import TableOfContents

from scripts.demo_files.papers import BLUE, BODY, TITLE, foot
from scripts.demo_files.story import SCHOOL

HEADING = ParagraphStyle(
    "heading", parent=BODY, fontName="Carlito-Bold", fontSize=15, leading=20, spaceAfter=6, textColor=BLUE
)
SUBHEADING = ParagraphStyle(
    "subheading", parent=BODY, fontName="Carlito-Bold", fontSize=12, leading=16, spaceBefore=8
)
TEXT = ParagraphStyle("text", parent=BODY, fontSize=11, leading=16, spaceAfter=8)

SECTIONS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("Our aims", (
        ("Every day counts", "We want each pupil to be in school, on time, on every day that the school is open. A pupil who "
         "misses one day a week misses nearly eight weeks of a school year. Staff, pupils and parents share this work."),
        ("Who this policy is for", "It is for pupils, parents, carers, staff and governors. It follows the guidance to which "
         "schools must have regard. It is reviewed each July by the governors’ pupil welfare committee."))),
    ("What parents must do", (
        ("The law", "A parent must make sure that a child of compulsory school age gets a suitable full-time education. Where "
         "the child is on a school’s roll, the parent must make sure that the child attends regularly, which means "
         "in accordance with the rules of the school."),
        ("On a day of absence", "Telephone the attendance office before 8.30 am on the first day and on each day after it. "
         "Say why the child is away and when you expect the child back. A message on the answering machine is enough."))),
    ("The school day", (
        ("Times", "The gates open at 8.20 am. The morning register is taken at 8.40 am and closes at 9.10 am. The afternoon "
         "register is taken at 1.05 pm and closes at 1.20 pm. The day ends at 3.15 pm."),
        ("Lateness", "A pupil who arrives after the register was taken but before it closed is marked L. A pupil who arrives "
         "after it closed is marked U, which is an absence without authorisation for that half day."))),
    ("The attendance register", (
        ("How it is kept", "The register is electronic. It is backed up at the end of each month and kept for six years. If an "
         "entry is amended, the register keeps the original entry, the amended entry, the reason, the date and the name."),
        ("Codes", "The codes are those of the regulations of 2024. The ones used most often are explained in the annex at the "
         "end of this policy."))),
    ("Authorised absence", (
        ("Illness", "We authorise an absence for illness unless there is a genuine doubt. Then we may ask for evidence such as an "
         "appointment card or a prescription. We do not ask for a letter from a doctor without need."),
        ("Leave", "Leave in term time is given only in exceptional circumstances. Ask the head teacher in writing, in good "
         "time. A holiday is not normally an exceptional circumstance."))),
    ("Unauthorised absence", (
        ("What it is", "An absence is unauthorised if the school has not given leave and has not accepted a reason. Shopping, a "
         "birthday, looking after a brother or sister and sleeping late are not accepted as reasons."),
        ("What we do on the first day", "If nobody has called by 9.30 am we send a message. If nobody answers by 10.30 am we "
         "telephone each contact on the pupil information form. If nobody can be reached we may visit."))),
    ("Support first", (
        ("Listening", "We ask the pupil and the parents what makes it hard to come to school. We look together at travel, sleep, "
         "friendships, lessons, health and what is happening at home."),
        ("What we can offer", "Breakfast club from 7.45 am; a change of form group; time with the pastoral team; a referral to "
         "the school nurse or to early help; a plan agreed in writing and reviewed after four weeks."))),
    ("When absence goes on", (
        ("The steps", "After five unauthorised sessions the form tutor calls. After eight the attendance lead writes. After ten "
         "within ten school weeks the school considers with the council what to do next."),
        ("The council", "The Education Welfare Service may arrange a meeting, issue a penalty notice, apply for an education "
         "supervision order or prosecute. The council decides; the school gives evidence of attendance."))),
    ("Keeping records", (
        ("What we keep", "Letters, notes of meetings, call logs and copies of messages are kept with the pupil’s file. Notes say "
         "who was spoken to, when, and what was said."),
        ("Who may see them", "Staff who need them for their work; the council; a court. Parents may ask to see what we hold "
         "about them and their child."))),
    ("Annex: codes", (
        ("Present", "/ morning and \\ afternoon: present. L: late, before the register closed. B, K, P, V and W: at an approved "
         "educational activity elsewhere."),
        ("Absent", "I: illness. M: medical or dental appointment. C: leave for another exceptional circumstance. "
         "G: holiday without leave. N: no reason yet. O: absent without authorisation. U: arrived after the register closed."))),
)  # fmt: skip


class _PolicyTemplate(BaseDocTemplate):  # type: ignore[misc]
    """Puts each heading into the outline and the table of contents."""

    def afterFlowable(self, flowable: Flowable) -> None:
        key = getattr(flowable, "bookmark", None)
        if key is None:
            return
        level: int = flowable.level
        text = flowable.getPlainText()
        self.canv.bookmarkPage(key)
        self.canv.addOutlineEntry(text, key, level, closed=level == 0)
        if level == 0:
            self.notify("TOCEntry", (0, text, self.page, key))


def _heading(text: str, key: str, level: int) -> Paragraph:
    heading = Paragraph(text, HEADING if level == 0 else SUBHEADING)
    heading.bookmark, heading.level = key, level
    return heading


def _page(canvas: Canvas, document: BaseDocTemplate) -> None:
    foot(canvas, A4[0])
    canvas.saveState()
    canvas.setFont("Carlito", 9)
    canvas.drawString(25 * mm, A4[1] - 14 * mm, f"{SCHOOL} · Attendance policy 2025 to 2026")
    canvas.drawRightString(A4[0] - 25 * mm, A4[1] - 14 * mm, f"Page {document.page} of 12")
    canvas.restoreState()


def policy() -> bytes:
    """The whole policy as a PDF."""
    out = io.BytesIO()
    template = _PolicyTemplate(
        out, pagesize=A4, title="Attendance policy 2025 to 2026", author=SCHOOL, invariant=1
    )
    frame = Frame(25 * mm, 20 * mm, A4[0] - 50 * mm, A4[1] - 42 * mm)
    template.addPageTemplates(PageTemplate("all", [frame], onPage=_page))
    contents = TableOfContents(dotsMinLevel=0)
    contents.levelStyles = [ParagraphStyle("toc", parent=BODY, fontSize=11, leading=20)]
    story: list[Flowable] = [
        Spacer(1, 60 * mm),
        Paragraph(SCHOOL, ParagraphStyle("big", parent=TITLE, fontSize=28, leading=36, textColor=BLUE)),
        Paragraph("Attendance policy", ParagraphStyle("mid", parent=TITLE, fontSize=20, leading=28)),
        Paragraph(
            "September 2025 to July 2026",
            ParagraphStyle("sub", parent=TITLE, fontName="Carlito", fontSize=13),
        ),
        Spacer(1, 40 * mm),
        Paragraph(
            "Agreed by the governors on 9 July 2025",
            ParagraphStyle("gov", parent=TITLE, fontName="Carlito", fontSize=11),
        ),
        PageBreak(),
        Paragraph("Contents", HEADING),
        contents,
    ]
    for number, (title, parts) in enumerate(SECTIONS, start=1):
        story += [PageBreak(), _heading(f"{number}. {title}", f"s{number}", 0)]
        for part, (subtitle, text) in enumerate(parts, start=1):
            story += [_heading(f"{number}.{part} {subtitle}", f"s{number}-{part}", 1), Paragraph(text, TEXT)]
        if number != len(SECTIONS):
            link = f'<a href="#s{len(SECTIONS)}" color="#1f3f77">the annex on codes</a>'
            before = f'<a href="#s{max(1, number - 1)}" color="#1f3f77">section {max(1, number - 1)}</a>'
            story.append(Paragraph(f"See also {before} and {link}.", TEXT))
    template.multiBuild(story)
    return out.getvalue()
