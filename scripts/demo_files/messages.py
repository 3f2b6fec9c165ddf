"""E-mails, text files and a voicemail."""

from __future__ import annotations

import io
import math
import wave
from email.message import EmailMessage
from email.policy import SMTP

from scripts.demo_files.story import NOTICE, SCHOOL

OFFICER_ADDRESS = "A. B. Officer <ab.officer@anytown.example>"
SCHOOL_ADDRESS = "Attendance Office <attendance@northgate.example>"
RATE_HZ = 8000


def documents(summary: bytes, planner: bytes) -> dict[str, bytes]:
    """File name → bytes; `summary` (PDF) and `planner` (JPEG) are attached to the school's first e-mail."""
    return {
        "mail-attendance.eml": _mail_about_zoe(summary, planner),
        "mail-forwarded.eml": _mail_about_sam(),
        "call-log.txt": _call_log(),
        "interpreter.txt": _interpreters_note(),
        "nurse.txt": _call_with_nurse(),
        "voicemail.wav": _voicemail(),
    }


def _message(subject: str, date: str, number: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = SCHOOL_ADDRESS
    message["To"] = OFFICER_ADDRESS
    message["Subject"] = subject
    message["Date"] = date
    message["Message-ID"] = f"<{number}@northgate.example>"
    message["MIME-Version"] = "1.0"
    return message


def _mail_about_zoe(summary: bytes, planner: bytes) -> bytes:
    message = _message(
        "RE: Attendance – Zoë Example (Year 7)", "Mon, 02 Feb 2026 12:14:09 +0000", "20260202.1214"
    )
    message["Cc"] = "R. Headteacher <head@northgate.example>"
    message.set_content(
        "Dear A. B.\n\n"
        "As discussed at the meeting on Wednesday, I attach Zoë’s attendance summary to the end of January and a photo "
        "of her planner. She was out again today and so was Sam; nobody has called. We sent a message through the app at "
        "9.35 and it shows as read at 9.41.\n\n"
        "Breakfast club started for Sam this morning. His place was not used.\n\n"
        "The cost of the bus pass is £42 a month if the council can help.\n\n"
        f"Kind regards\nS. Attendance-Lead\n{SCHOOL}\n01632 960130\n\n{NOTICE}\n\n"
        "> From: A. B. Officer <ab.officer@anytown.example>\n"
        "> Sent: 30 January 2026 15:02\n"
        "> Subject: Attendance – Zoë Example (Year 7)\n>\n"
        "> Thank you for having us on Wednesday. Could you send me a summary\n"
        "> for each week of this half term, please?\n",
    )
    message.add_alternative(
        "<html><body style='font-family:Calibri,sans-serif'><p>Dear A. B.</p>"
        "<p>As discussed at the meeting on Wednesday, I attach Zoë’s attendance summary to the end of January and a photo of "
        "her planner. She was out again today and so was Sam; nobody has called. We sent a message through the app at 9.35 and it "
        "shows as read at 9.41.</p><p>Breakfast club started for Sam this morning. <b>His place was not used.</b></p>"
        "<p>The cost of the bus pass is £42 a month if the council can help.</p>"
        f"<p>Kind regards<br>S. Attendance-Lead<br>{SCHOOL}<br>01632 960130</p><p><small>{NOTICE}</small></p>"
        "<blockquote><p>From: A. B. Officer<br>Sent: 30 January 2026 15:02<br>Subject: Attendance – Zoë Example (Year 7)</p>"
        "<p>Thank you for having us on Wednesday. Could you send me a summary for each week of this half term, please?</p>"
        "</blockquote></body></html>",
        subtype="html",
    )
    message.add_attachment(
        summary, maintype="application", subtype="pdf", filename="Attendance summary Zoë.pdf"
    )
    message.add_attachment(planner, maintype="image", subtype="jpeg", filename="planner.jpg")
    _name_parts(message, "northgate-20260202")
    return message.as_bytes()


def _name_parts(message: EmailMessage, name: str) -> None:
    """Fixed boundaries, so that a second run gives the same bytes."""
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{name}_{number}")


def _mail_about_sam() -> bytes:
    message = _message("FW: Sam – absence this week", "Mon, 09 Feb 2026 10:51:40 +0000", "20260209.1051")
    message.set_content(
        "For your file. This is all we have had from home this week.\n\nS. Attendance-Lead\n\n"
        "-----Original message-----\n"
        "From: Kit Example <kit@home.example>\n"
        "Sent: Monday 9 February 2026 08:58\n"
        "To: Attendance Office\n"
        "Subject: Sam - absence this week\n\n"
        "Sam wont be in today or tomorrow he has a bit of a cold and zoe is staying with him. I know you said to ring "
        "before half 8 but my phone has no credit, it costs me £5 every time.\n"
        f"Kit\n\n{NOTICE}\n",
        charset="iso-8859-1",
        cte="quoted-printable",
    )
    return message.as_bytes()


def _call_log() -> bytes:
    rows = (
        "Call log, Education Welfare Service",
        "Case: Zoë and Sam Example",
        f"({NOTICE})",
        "",
        "Date        Time   With                  What was said",
        "12/01/2026  10.05  Attendance office     Both away since Wednesday. No call from home.",
        "12/01/2026  10.20  Pat Example           Voicemail. Left name and number.",
        "14/01/2026  16.40  Pat Example           “They’re hard to get up.” Told Pat about breakfast club.",
        "22/01/2026  11.15  Attendance office     Sam away again; Zoë in, late.",
        "26/01/2026  09.10  Kit Example           Told Kit of the letter and the meeting. Kit will come.",
        "30/01/2026  14.55  Attendance office     Asked for a summary week by week.",
        "05/02/2026  08.47  Kit Example           Voicemail from Kit, saved.",
        "09/02/2026  09.40  Pat Example           Visit at home, see scan.",
        "11/02/2026  15.30  Bus company           Pass is £42 a month – £504 a year.",
        "13/02/2026  12.05  Attendance office     Review: no lasting change. Certificates asked for.",
    )
    return ("\r\n".join(rows) + "\r\n").encode("cp1252")


def _interpreters_note() -> bytes:
    return (
        "Notatka tłumacza / Interpreter’s note\n"
        "Łukasz Żółć, 28 stycznia 2026 / 28 January 2026\n\n"
        f"{NOTICE}\n\n"
        "PL  Przetłumaczyłem wyjaśnienie dotyczące art. 444 ust. 1A. Kit Example powiedział(a): „Rozumiem”.\n"
        "EN  I translated the explanation of section 444(1A). Kit Example said: “I understand”.\n\n"
        "PL  Żadnych pytań nie było. Spotkanie zakończyło się o 16.30.\n"
        "EN  There were no questions. The meeting ended at 4.30 pm.\n"
    ).encode()


def _call_with_nurse() -> bytes:
    return (
        "Call with school nurse, 4 February 2026, 2.10 pm\r\n\r\n"
        "The nurse has not seen either child this term. No referral was made. Nothing to add.\r\n\r\n"
        f"{NOTICE}\r\n"
    ).encode()


def _voicemail() -> bytes:
    """Two seconds of a quiet tone: a sound recording, which no bundle can print."""
    samples = bytes(128 + round(20 * math.sin(2 * math.pi * 440 * n / RATE_HZ)) for n in range(2 * RATE_HZ))
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(RATE_HZ)
        sound.writeframes(samples)
    return out.getvalue()
