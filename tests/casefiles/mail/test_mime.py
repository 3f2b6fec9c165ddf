"""Messages are read as their sender meant them, however they were packed."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.hashing import sha256_bytes, sha256_file
from casefiles.intake.facts import read_facts
from casefiles.intake.kinds import Kind, KindOf
from casefiles.mail.mime import read_mail

HEAD = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: S\r\nDate: Tue, 03 Mar 2026 09:05:00 -0500\r\n"


def message(body: str = "Dear Sam,\n") -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Jane Müller <jane@school.example>"
    made["Subject"] = "Łukasz – absence £20"
    made["Date"] = "Tue, 03 Mar 2026 09:05:00 -0500"
    made.set_content(body)
    return made


def test_headers_body_and_instant() -> None:
    mail = read_mail(message().as_bytes())
    assert mail.all("from") == ("Jane Müller <jane@school.example>",)
    assert mail.all("Subject") == ("Łukasz – absence £20",)
    assert mail.sent == datetime(2026, 3, 3, 14, 5, tzinfo=UTC)
    assert mail.body == "Dear Sam,"
    assert not (mail.from_html or mail.flaws.encrypted or mail.flaws.guessed or mail.attachments)


def test_plain_before_html_and_what_only_html_says() -> None:
    made = message("Short.\n")
    made.add_alternative("<p>Short.</p><p>The hearing has been moved elsewhere</p>", subtype="html")
    mail = read_mail(made.as_bytes())
    assert (mail.body, mail.from_html) == ("Short.", False)
    assert mail.words_only_in_html == 6
    assert mail.attachments == ()


@pytest.mark.parametrize("plain", ["", " \n"])
def test_html_where_plain_says_nothing(plain: str) -> None:
    made = message(plain)
    made.add_alternative("<p>Only here</p>", subtype="html")
    mail = read_mail(made.as_bytes())
    assert (mail.body, mail.from_html) == ("Only here", True)


def test_attachments_inline_pictures_and_nested_messages_are_listed_with_their_hash() -> None:
    made = message()
    made.add_alternative("<p>Dear Sam,</p><img src='cid:logo'>", subtype="html")
    made.get_payload()[1].add_related(b"PNGDATA", maintype="image", subtype="png", cid="<logo>")  # type: ignore[union-attr,index]
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Żółć – register.pdf")
    made.add_attachment("text as a file\n", filename="notes.txt")
    made.add_attachment(message("inner words"))
    mail = read_mail(made.as_bytes())
    listed = [(each.name, each.media_type) for each in mail.attachments]
    assert listed == [
        (b"attachment-1.png", "image/png"),
        ("Żółć – register.pdf".encode(), "application/pdf"),
        (b"notes.txt", "text/plain"),
        ("Łukasz – absence £20.eml".encode(), "message/rfc822"),
    ]
    assert mail.attachments[1].sha256 == sha256_bytes(b"%PDF")
    assert mail.attachments[1].size_bytes == 4
    assert mail.body == "Dear Sam,"


@pytest.mark.parametrize(
    ("part", "body", "guessed"),
    [
        (b"Content-Type: text/plain; charset=iso-8859-2\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xa3uk", "Łuk", False),
        (b"Content-Type: text/plain; charset=koi8-r\r\nContent-Transfer-Encoding: base64\r\n\r\n8NLJ18XU", "Привет", False),
        (b"Content-Type: text/plain; charset=utf-7\r\n\r\n+AKM-20", "£20", False),
        (b"Content-Type: text/plain; charset=made-up\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xc2\xa320", "£20", True),
        (b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xa320", "£20", True),
        (b"Content-Type: text/plain; charset=rot13\r\n\r\nHello", "Hello", True),
        (b"Content-Type: text/plain; charset=unicode_escape\r\n\r\n\\x41", "\\x41", False),
        (b"Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=A320 =", "£20 ", True),
        (b"\r\nno mime at all", "no mime at all", False),
        (b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nnever closed", "never closed", False),
        (b"Content-Type: multipart/mixed\r\n\r\nno boundary", "no boundary", False),
        (b"Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8=!!", "Hello", False),
    ],
)  # fmt: skip
def test_odd_charsets_and_broken_structure(part: bytes, body: str, guessed: bool) -> None:
    mail = read_mail(HEAD + part)
    assert (mail.body, mail.flaws.guessed) == (body, guessed)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        (b"Subject: =?utf-8?q?=C5=81uk?= =?utf-8?q?asz?=", "Łukasz"),
        (b"Subject: raw \xc5\x81ukasz", "raw Łukasz"),
        (b"Subject: raw \xa320", "raw £20"),
        (b"Subject: folded\r\n\tline", "folded line"),
        (b"Subject: =?bogus?x?abc?=", "=?bogus?x?abc?="),
    ],
)
def test_headers_of_every_sort(header: bytes, value: str) -> None:
    assert read_mail(header + b"\r\nFrom: a@b.example\r\n\r\nx").all("Subject") == (value,)


@pytest.mark.parametrize(
    "date", [b"", b"Date: yesterday\r\n", b"Date: Tue, 03 Mar 99999 09:05:00 +0000\r\n", b"Date: \r\n"]
)
def test_a_date_that_cannot_be_read_is_none(date: bytes) -> None:
    assert read_mail(b"From: a@b.example\r\n" + date + b"\r\nx").sent is None


def test_an_encrypted_message_says_so() -> None:
    mail = read_mail(HEAD + b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\n\r\nabc")
    assert (mail.flaws.encrypted, mail.body) == (True, "")
    assert [each.name for each in mail.attachments] == [b"smime.p7m"]


def test_no_header_is_no_message() -> None:
    with pytest.raises(ValueError, match="no header"):
        read_mail(b"\r\njust words")


@given(st.binary(max_size=600))
def test_any_bytes_after_a_header_are_read(data: bytes) -> None:
    read_mail(HEAD + data)


def test_the_list_is_what_intake_takes_out(tmp_path: Path) -> None:
    """The hash on the page is the hash of the item: same parts, same bytes, same order."""
    inner = message("inner words, a line that is much longer than a mailer would leave it " * 4)
    inner.add_attachment(b"deep", maintype="application", subtype="zip", filename="deep.zip")
    made = message()
    made.add_alternative("<p>Dear Sam,</p><img src='cid:logo'>", subtype="html")
    made.get_payload()[1].add_related(b"PNGDATA", maintype="image", subtype="png", cid="<logo>")  # type: ignore[union-attr,index]
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Żółć – register.pdf")
    made.add_attachment("text as a file\n", filename="notes.txt")
    made.add_attachment("no name\n", disposition="attachment")
    made.add_attachment(inner)
    path = tmp_path / "m.eml"
    path.write_bytes(made.as_bytes())
    (tmp_path / "scratch").mkdir()
    facts = read_facts(path, KindOf(Kind.MAIL, "message/rfc822", "e-mail"), tmp_path / "scratch")
    listed = read_mail(path.read_bytes()).attachments
    assert [sha256_file(child.path) for child in facts.children] == [each.sha256 for each in listed]
    assert [child.path.stat().st_size for child in facts.children] == [each.size_bytes for each in listed]
    assert len(listed) == 5
