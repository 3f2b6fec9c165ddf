"""What came from a scanner: the signed statement (with a text layer) and the notes of a visit, cut off in the middle."""

from __future__ import annotations

import io
import random
import zlib

import pypdfium2
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer

from scripts.demo_files.papers import BODY, TITLE, foot
from scripts.demo_files.story import NOTICE, OFFICER, SAM, SCHOOL, ZOE

SCAN_DPI = 140
LEFT = ParagraphStyle("left", parent=BODY, fontName="Carlito", fontSize=11.5, leading=17, spaceAfter=8)
SIGNED = '<font name="Hand" size="20">A B Officer</font>&nbsp;&nbsp;&nbsp;&nbsp; Date&nbsp; <font name="Hand" size="17">12 March 2026</font>'

STATEMENT = (
    f"I am an Education Welfare Officer employed by Anytown Council. I have held that post since 2019. I make this "
    f"statement about the attendance of Zoë Example and Sam Example at {SCHOOL}. Except where I say otherwise, what I "
    "state is within my own knowledge.",
    "Zoë Example was born on 17 May 2014 and Sam Example on 30 November 2016. Both were of compulsory school age and "
    "registered pupils at the school from 5 January 2026 to 13 February 2026.",
    "Pat Example and Kit Example are their parents. The children live with each of them for part of the week. Both are "
    "named as parents on the school’s pupil information form, which I produce.",
    "I refer to the head teacher’s certificates of attendance dated 20 February 2026. They show that of "
    f"{ZOE.totals()[0]} possible sessions Zoë attended {ZOE.totals()[1]} and was absent without authorisation for "
    f"{ZOE.totals()[3]}, and that Sam attended {SAM.totals()[1]} and was absent without authorisation for "
    f"{SAM.totals()[3]}.",
    "On 19 January 2026 I wrote to Pat Example. I produce a copy of my letter. I posted it by first-class post "
    "on the same day and produce the certificate of posting.",
    "On 26 January 2026 I wrote to Kit Example. I produce a copy of that letter.",
    "On 28 January 2026 I met both parents at the school with the head teacher and an interpreter. I produce my note of "
    "the meeting. Both parents said that they had read my letters. I explained section 444(1A) of the "
    "Education Act 1996. Both said that they understood.",
    "At that meeting a place at breakfast club was offered for Sam and a change of form group for Zoë. Both offers were "
    "accepted. Absences went on in the two weeks after it.",
    "On 2 February 2026 I received an e-mail from the school’s attendance lead with a summary of Zoë’s attendance, which "
    "I produce.",
    "On 6 February 2026 I was shown a note that Sam had brought to school. I photographed it with my work telephone and "
    "produce the photograph.",
    "I have not been given medical evidence for any absence that is recorded as unauthorised.",
)


def documents() -> dict[str, bytes]:
    """File name → bytes."""
    return {"statement.pdf": signed_statement()}


def _typed_statement() -> bytes:
    out = io.BytesIO()
    template = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=24 * mm, rightMargin=22 * mm, topMargin=20 * mm, bottomMargin=34 * mm
    )
    story: list[Flowable] = [
        Paragraph("WITNESS STATEMENT", TITLE),
        Paragraph(
            "Criminal Procedure Rules, rule 16.2; Criminal Justice Act 1967, section 9",
            ParagraphStyle("basis", parent=LEFT, alignment=1, fontSize=10),
        ),
        Spacer(1, 4 * mm),
        Paragraph(f"Statement of&nbsp;&nbsp; <b>{OFFICER}</b>", LEFT),
        Paragraph(
            "Age if under 18: Over 18&nbsp;&nbsp;&nbsp;&nbsp;&nbsp; Occupation: Education Welfare Officer",
            LEFT,
        ),
        Paragraph(
            "This statement (consisting of 3 pages each signed by me) is true to the best of my knowledge and belief and I make it "
            "knowing that, if it is tendered in evidence, I shall be liable to prosecution if I have wilfully stated in it "
            "anything which I know to be false, or do not believe to be true.",
            LEFT,
        ),
        Paragraph(f"Signed&nbsp; {SIGNED}", LEFT),
        Spacer(1, 4 * mm),
    ]
    for number, text in enumerate(STATEMENT, start=1):
        if number in {5, 9}:
            story.append(PageBreak())
        story.append(Paragraph(f"{number}.&nbsp;&nbsp; {text}", LEFT))

    def page(canvas: Canvas, _: object) -> None:
        foot(canvas, A4[0])
        line = Paragraph(f"Signed&nbsp; {SIGNED}", LEFT)
        line.wrap(150 * mm, 20 * mm)
        line.drawOn(canvas, 24 * mm, 20 * mm)

    template.build(story, onFirstPage=page, onLaterPages=page)
    return out.getvalue()


def signed_statement() -> bytes:
    """Three grey pages as a scanner gives them, a little crooked, under them the text that recognition found."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setTitle("Scanned document")
    grain = random.Random(9)  # noqa: S311
    with pypdfium2.PdfDocument(_typed_statement()) as typed:
        for page in typed:
            image = page.render(scale=SCAN_DPI / 72, grayscale=True).to_pil().convert("L")
            image = image.filter(ImageFilter.GaussianBlur(0.4)).rotate(
                grain.uniform(-0.4, 0.4), Image.Resampling.BICUBIC, fillcolor=250
            )
            noise = Image.effect_noise(image.size, 7)
            image = Image.blend(image, noise.point(lambda value: min(255, value + 118)), 0.06)
            jpeg = io.BytesIO()
            image.save(jpeg, "JPEG", quality=38, optimize=True, dpi=(SCAN_DPI, SCAN_DPI))
            canvas.drawImage(ImageReader(jpeg), 0, 0, *A4)
            _text_layer(canvas, page.get_textpage())
            canvas.showPage()
    canvas.save()
    return out.getvalue()


def _text_layer(canvas: Canvas, textpage: pypdfium2.PdfTextPage) -> None:
    for number in range(textpage.count_rects()):
        left, bottom, right, top = textpage.get_rect(number)
        words = " ".join(textpage.get_text_bounded(left, bottom, right, top).split())
        if not words or top - bottom < 2:
            continue
        size = max(6.0, min(14.0, top - bottom))
        text = canvas.beginText(left, bottom + size * 0.2)
        text.setTextRenderMode(3)
        text.setFont("DejaVu", size)
        text.setHorizScale(100 * (right - left) / max(1.0, canvas.stringWidth(words, "DejaVu", size)))
        text.textOut(words)
        canvas.drawText(text)


VISIT = (
    ("Home visit 9.2.26, 9.40 am", "Knocked twice. Pat answered.", "Zoë in bed, Sam watching TV.", "Pat: both 'a bit tired'. No fever.", "Agreed they'd go in for p.m."),
    ("Visit, page 2", "Called school 1.30 pm.", "Sam arrived 1.10, Zoë did not.", "Rang Pat - voicemail, left", "message, asked to call back."),
    ("Visit, page 3", "Pat rang 3.15: Zoë refused.", "Offered pastoral call tomorrow."),
    ("Visit, page 4", "10.2.26: Zoë in on time. Good."),
    ("Visit, page 5", "Told R.H. by phone 10.50 am."),
)  # fmt: skip


def cut_off_scan(hand: str) -> bytes:
    """Five pages of notes from a scanner, of which the copy ends in the middle of the third."""
    font = ImageFont.truetype(hand, 62)
    small = ImageFont.truetype("/usr/share/fonts/truetype/crosextra/Carlito-Regular.ttf", 20)
    pages = []
    for lines in VISIT:
        sheet = Image.new("L", (1240, 1754), 255)
        draw = ImageDraw.Draw(sheet)
        for number, line in enumerate(lines):
            draw.text((110, 150 + 130 * number), line, font=font, fill=0)
            draw.line((90, 240 + 130 * number, 1150, 240 + 130 * number), fill=170)
        draw.text((260, 1700), NOTICE, font=small, fill=90)
        bits = sheet.convert("1", dither=Image.Dither.NONE)
        pages.append((bits.size, zlib.compress(bits.tobytes(), 6)))
    whole, third = _page_by_page(pages)
    return whole[: third + 900]


def _page_by_page(pages: list[tuple[tuple[int, int], bytes]]) -> tuple[bytes, int]:
    """A PDF written as a scanner does, tree first and pages after it, and where the third page's image begins."""
    kids = " ".join(f"{3 + 3 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
    ]
    third = 0
    for number, ((width, height), data) in enumerate(pages):
        first = 3 + 3 * number
        drawing = b"q 595 0 0 842 0 0 cm /Im0 Do Q"
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {first + 1} 0 R "
            f"/Resources << /XObject << /Im0 {first + 2} 0 R >> >> >>".encode(),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
            b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 1 "
            b"/Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (width, height, len(data), data),
        ]
    out = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        if number == 3 + 3 * 2 + 2:
            third = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, table, len(objects) + 1, len(out),
    )  # fmt: skip
    return out, third
