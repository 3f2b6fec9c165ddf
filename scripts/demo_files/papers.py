"""The PDFs that programs made: certificates, register print, policy, form, and the locked letter."""

from __future__ import annotations

import io

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from scripts.demo_files.story import (
    CODE_MEANINGS,
    HEAD,
    NOTICE,
    OFFICER,
    SAM,
    SCHOOL,
    SCHOOL_ADDRESS,
    UNAUTHORISED,
    ZOE,
    Child,
    long_date,
)

FONTS = "/usr/share/fonts/truetype"
BLUE = colors.HexColor("#1f3f77")
BODY = ParagraphStyle("body", fontName="Carlito", fontSize=10.5, leading=14, spaceAfter=5)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=8.5, leading=11)
TITLE = ParagraphStyle(
    "title", parent=BODY, fontName="Carlito-Bold", fontSize=15, leading=19, alignment=TA_CENTER
)
LOCKED_WITH = "sample-2026"


def register_fonts(hand: str) -> None:
    """Make Carlito, DejaVu Sans and the given handwriting known to reportlab."""
    for name, path in (
        ("Carlito", f"{FONTS}/crosextra/Carlito-Regular.ttf"),
        ("Carlito-Bold", f"{FONTS}/crosextra/Carlito-Bold.ttf"),
        ("Carlito-Italic", f"{FONTS}/crosextra/Carlito-Italic.ttf"),
        ("DejaVu", f"{FONTS}/dejavu/DejaVuSans.ttf"),
        ("Hand", hand),
    ):
        pdfmetrics.registerFont(TTFont(name, path))
    pdfmetrics.registerFontFamily("Carlito", normal="Carlito", bold="Carlito-Bold", italic="Carlito-Italic")


def documents() -> dict[str, bytes]:
    """File name → bytes."""
    return {
        "certificate-zoe.pdf": certificate(ZOE),
        "certificate-sam.pdf": certificate(SAM),
        "register.pdf": register_print(),
        "form.pdf": form(),
        "locked.pdf": locked_letter(),
        "summary.pdf": attendance_summary(),
    }


def foot(canvas: Canvas, width: float) -> None:
    """The notice that all of this is invented, at the foot of a page `width` points wide."""
    canvas.saveState()
    canvas.setFont("Carlito", 7.5)
    canvas.setFillGray(0.4)
    canvas.drawCentredString(width / 2, 9 * mm, NOTICE)
    canvas.restoreState()


def _flow(story: list[Flowable], size: tuple[float, float], title: str) -> bytes:
    out = io.BytesIO()
    template = SimpleDocTemplate(
        out, pagesize=size, leftMargin=16 * mm, rightMargin=16 * mm, topMargin=13 * mm, bottomMargin=15 * mm,
        title=title, author=SCHOOL, invariant=1,
    )  # fmt: skip
    template.build(
        story,
        onFirstPage=lambda canvas, _: foot(canvas, size[0]),
        onLaterPages=lambda canvas, _: foot(canvas, size[0]),
    )
    return out.getvalue()


def _codes_table(child: Child, width: float) -> Table:
    """One column a school day, morning above afternoon; absences without authorisation shaded."""
    days = child.codes()
    half = len(days) // 2
    rows: list[list[str]] = []
    shades = []
    for start in (0, half):
        part = days[start : start + half]
        top = len(rows)
        rows.append(["", *(f"{day:%a}\n{day.day} {day:%b}" for day, _, _ in part)])
        rows.append(["Morning", *(morning for _, morning, _ in part)])
        rows.append(["Afternoon", *(afternoon for _, _, afternoon in part)])
        for line in (1, 2):
            for column, row in enumerate(part, start=1):
                if row[line] in UNAUTHORISED:
                    shades.append(
                        ("BACKGROUND", (column, top + line), (column, top + line), colors.HexColor("#f6d9d5"))
                    )
    first = 20 * mm
    table = Table(rows, colWidths=[first] + [(width - first) / half] * half)
    table.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), "Carlito", 9.5),
                ("FONT", (0, 0), (-1, 0), "Carlito-Bold", 8.5),
                ("FONT", (0, half and 3), (-1, 3), "Carlito-Bold", 8.5),
                ("ALIGN", (1, 0), (-1, -1), "CENTER"),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
                ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e4eaf4")),
                ("BACKGROUND", (0, 3), (-1, 3), colors.HexColor("#e4eaf4")),
                *shades,
            ]
        )
    )
    return table


def certificate(child: Child) -> bytes:
    """A head teacher's certificate of attendance, landscape, with the table of sessions of attendance."""
    size = landscape(A4)
    width = size[0] - 32 * mm
    possible, attended, authorised, unauthorised = child.totals()
    used = "; ".join(
        f"{code} {CODE_MEANINGS[code].lower()}" for code in CODE_MEANINGS if child.counts()[code]
    )
    totals = Table(
        [
            ["Possible sessions", "Attended", "Authorised absences", "Unauthorised absences", "Attendance"],
            [possible, attended, authorised, unauthorised, f"{attended / possible:.1%}"],
        ],
        colWidths=[width / 5] * 5,
    )
    totals.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, 0), "Carlito-Bold", 9.5),
                ("FONT", (0, 1), (-1, 1), "Carlito", 11),
                ("ALIGN", (0, 0), (-1, -1), "CENTER"),
                ("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
            ]
        )
    )
    story: list[Flowable] = [
        Paragraph("Certificate of attendance", TITLE),
        Paragraph("Education Act 1996, section 566", ParagraphStyle("sub", parent=BODY, alignment=TA_CENTER)),
        Spacer(1, 3 * mm),
        Paragraph(
            f"I, {HEAD}, Head Teacher of {SCHOOL}, {SCHOOL_ADDRESS}, certify under section 566 of the Education Act 1996 "
            f"that <b>{child.name}</b>, born {long_date(child.born)}, has been a registered pupil at the school since "
            f"{long_date(child.since)}, and that the particulars of attendance set out below for the period 5 January 2026 "
            "to 13 February 2026 inclusive are taken from the attendance register kept under the School Attendance "
            "(Pupil Registration) (England) Regulations 2024.",
            BODY,
        ),
        totals,
        Spacer(1, 5 * mm),
        _codes_table(child, width),
        Spacer(1, 2 * mm),
        Paragraph(
            f"Codes: {used}. Shaded: absences without authorisation. No entry was amended in the period.",
            SMALL,
        ),
        Spacer(1, 4 * mm),
        Paragraph(
            f'Signed&nbsp;&nbsp; <font name="Hand" size="19" color="#203070">R Headteacher</font>'
            f"&nbsp;&nbsp;&nbsp; {HEAD}, Head Teacher&nbsp;&nbsp;&nbsp;&nbsp; Dated 20 February 2026",
            ParagraphStyle("signed", parent=BODY, leading=24),
        ),
    ]
    return _flow(story, size, f"Certificate of attendance: {child.name}")


def register_print() -> bytes:
    """Two pages stored upright and shown turned by /Rotate 90, as some school systems print them."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setTitle("Attendance register print")
    for number, child in enumerate((ZOE, SAM), start=1):
        canvas.translate(A4[0], 0)
        canvas.rotate(90)
        width, height = A4[1], A4[0]
        canvas.setFillColor(BLUE)
        canvas.rect(0, height - 20 * mm, width, 20 * mm, stroke=0, fill=1)
        canvas.setFillColor(colors.white)
        canvas.setFont("Carlito-Bold", 15)
        canvas.drawString(14 * mm, height - 13 * mm, f"{SCHOOL} · attendance register")
        canvas.setFont("Carlito", 10)
        canvas.drawRightString(
            width - 14 * mm, height - 13 * mm, f"printed 20/02/2026 15:42 · sheet {number} of 2"
        )
        canvas.setFillColor(colors.black)
        canvas.setFont("Carlito-Bold", 12)
        canvas.drawString(
            14 * mm, height - 31 * mm, f"{child.name} · {child.year} · born {child.born:%d/%m/%Y}"
        )
        table = _codes_table(child, width - 28 * mm)
        _, used = table.wrap(width - 28 * mm, height)
        table.drawOn(canvas, 14 * mm, height - 38 * mm - used)
        key = Table([[code, text] for code, text in CODE_MEANINGS.items()], colWidths=[12 * mm, 90 * mm])
        key.setStyle(
            TableStyle(
                [("FONT", (0, 0), (-1, -1), "Carlito", 9), ("FONT", (0, 0), (0, -1), "Carlito-Bold", 9)]
            )
        )
        key.wrap(width, height)
        key.drawOn(canvas, 14 * mm, 22 * mm)
        foot(canvas, width)
        canvas.showPage()
    canvas.save()
    turned = io.BytesIO()
    with pikepdf.open(io.BytesIO(out.getvalue())) as pdf:
        for page in pdf.pages:
            page.Rotate = 90
        pdf.save(turned, deterministic_id=True)
    return turned.getvalue()


FIELDS = (
    ("Child", "Sam Example", 690),
    ("Born", "30 November 2016", 655),
    ("Parent or carer 1", "Pat Example, 01632 960111", 620),
    ("Parent or carer 2", "Kit Example, 01632 960122", 585),
    ("Walks with the children; fare a week", "Łukasz Żółć £20", 550),
    ("Languages at home", "English, Polish", 515),
    ("Filled in by", "Kit Example, 6 September 2021", 480),
)


def form() -> bytes:
    """A form filled in on screen: the values are in the fields only, without appearances, as many programs save them."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setTitle("Pupil information form")
    canvas.setFont("Carlito-Bold", 17)
    canvas.setFillColor(BLUE)
    canvas.drawString(22 * mm, 780, SCHOOL)
    canvas.setFont("Carlito", 12)
    canvas.setFillColor(colors.black)
    canvas.drawString(22 * mm, 757, "Pupil information form. Please fill in every box.")
    for label, _, y in FIELDS:
        canvas.setFont("Carlito", 10)
        canvas.drawString(22 * mm, y + 7, label)
        canvas.setStrokeGray(0.55)
        canvas.rect(235, y, 290, 22)
    canvas.setFont("Carlito", 10)
    canvas.drawString(
        22 * mm,
        440,
        "The school keeps this information while the child is on its roll and for six years after that.",
    )
    foot(canvas, A4[0])
    canvas.showPage()
    canvas.save()
    with pikepdf.open(io.BytesIO(out.getvalue())) as pdf:
        helvetica = pdf.make_indirect(
            Dictionary(
                Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding
            )
        )
        fields = []
        for label, value, y in FIELDS:
            widget = Dictionary(
                Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String(label), V=String(value),
                DA=String("/Helv 11 Tf 0 0 0.5 rg"), Rect=Array([237, y + 1, 523, y + 21]), F=4, P=pdf.pages[0].obj,
            )  # fmt: skip
            fields.append(pdf.make_indirect(widget))
        pdf.pages[0].obj.Annots = Array(fields)
        pdf.Root.AcroForm = Dictionary(
            Fields=Array(fields), NeedAppearances=True, DA=String("/Helv 11 Tf 0 g"),
            DR=Dictionary(Font=Dictionary(Helv=helvetica)),
        )  # fmt: skip
        done = io.BytesIO()
        pdf.save(done, deterministic_id=True)
    return done.getvalue()


def locked_letter() -> bytes:
    """A letter from a surgery that nobody can open without the password `LOCKED_WITH`."""
    story: list[Flowable] = [
        Paragraph("Market Place Surgery, Anytown", TITLE),
        Spacer(1, 8 * mm),
        Paragraph("21 January 2026", BODY),
        Paragraph("To whom it may concern: Sam Example, born 30 November 2016", BODY),
        Paragraph(
            "Sam was seen on 20 January 2026 with a raised temperature and was advised to stay at home for two days.",
            BODY,
        ),
        Paragraph("Dr D. Doctor", BODY),
    ]
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(_flow(story, A4, "Letter"))) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="kept by the surgery", user=LOCKED_WITH, R=6))
    return out.getvalue()


def attendance_summary() -> bytes:
    """The one-page summary that the school attached to its e-mail."""
    rows = [["Week beginning", "Possible", "Attended", "Unauthorised"]]
    for number, week in enumerate(ZOE.weeks[:4]):
        monday = ZOE.codes()[number * 5][0]
        away = sum(week.count(code) for code in UNAUTHORISED)
        excused = week.count("I") + week.count("M")
        rows.append([long_date(monday), "10", str(10 - away - excused), str(away)])
    table = Table(rows, colWidths=[60 * mm, 35 * mm, 35 * mm, 35 * mm])
    table.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), "Carlito", 10.5),
                ("FONT", (0, 0), (-1, 0), "Carlito-Bold", 10.5),
                ("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
                ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e4eaf4")),
            ]
        )
    )
    story: list[Flowable] = [
        Paragraph(f"{SCHOOL}: attendance summary", TITLE),
        Spacer(1, 6 * mm),
        Paragraph("Zoë Example, Year 7, from 5 January to 30 January 2026", BODY),
        table,
        Spacer(1, 6 * mm),
        Paragraph(f"Made for {OFFICER} on 2 February 2026 by the attendance office.", BODY),
    ]
    return _flow(story, A4, "Attendance summary: Zoë Example")
