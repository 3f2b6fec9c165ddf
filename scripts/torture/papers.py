"""Small papers, each with bytes of its own: notes, one-page PDFs, e-mails with an attachment."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

KINDS = ("txt", "pdf", "eml")


def paper(kind: str, words: str) -> bytes:
    """The bytes of a paper of that kind that says `words` (plain ASCII)."""
    return {"txt": _note, "pdf": _pdf, "eml": _mail}[kind](words)


def _note(words: str) -> bytes:
    return f"Note of a telephone call: {words}. No answer.\n".encode()


def _pdf(words: str) -> bytes:
    """A whole PDF of one page, written by hand so that a thousand cost nothing. Source: ISO 32000-1, 7.5."""
    content = b"BT /F1 12 Tf 72 700 Td (" + words.encode("ascii") + b") Tj ET"
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    data, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(data)
    return data + b"xref\n0 6\n0000000000 65535 f \n" + table + trailer


def _mail(words: str) -> bytes:
    message = EmailMessage()
    message["From"] = "Anytown School <office@school.example>"
    message["To"] = "ews@council.example"
    message["Subject"] = f"Absence {words}"
    message["Date"] = format_datetime(datetime(2026, 2, 3, 9, 15, tzinfo=UTC))
    message["Message-ID"] = f"<{words.replace(' ', '.')}@school.example>"
    message.set_content(f"Please see attached: {words}\n")
    message.add_attachment(_note(f"inside {words}"), maintype="text", subtype="plain", filename="log.txt")
    return message.as_bytes()
