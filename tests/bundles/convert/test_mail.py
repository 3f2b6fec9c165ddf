"""An e-mail on paper: headers, UK time, words, and what was attached."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pypdfium2
import pytest

from bundles.convert.base import ConversionRequest, HeldError
from bundles.convert.mail import draw, london_words
from bundles.derived import Derived
from casefiles.hashing import hash_prefix, sha256_bytes
from casefiles.intake.kinds import Kind
from casefiles.mail.decoding import decoded

MakeRequest = Callable[..., ConversionRequest]


def drawn(request_for: MakeRequest, tmp_path: Path, data: bytes) -> tuple[str, list[str]]:
    (tmp_path / "m.eml").write_bytes(data)
    made = draw(request_for(tmp_path / "m.eml", Kind.MAIL))
    assert isinstance(made, Derived)
    document = pypdfium2.PdfDocument(str(made.path))
    text = " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())
    return text, [each.code for each in made.findings]


def message(**headers: str) -> EmailMessage:
    made = EmailMessage()
    for name, value in {
        "From": "Jane <jane@school.example>", "To": "ewo@council.example, b@council.example", "Cc": "head@school.example",
        "Subject": "Attendance <b>of</b> Łukasz", "Date": "Tue, 03 Mar 2026 09:05:00 -0500", **headers,
    }.items():  # fmt: skip
        made[name] = value
    return made


def test_a_message_as_it_is_printed(tmp_path: Path, request_for: MakeRequest) -> None:
    mail = message()
    mail.set_content("Dear Sam,\n\n{{ 7 * 7 }} <script>x</script>\n> quoted £20\n>> older\n")
    mail.add_attachment(b"%PDF-x", maintype="application", subtype="pdf", filename="Register & <i>.pdf")
    text, codes = drawn(request_for, tmp_path, mail.as_bytes())
    for words in (
        "Attendance <b>of</b> Łukasz", "From Jane <jane@school.example>", "To ewo@council.example, b@council.example",
        "Cc head@school.example", "Tuesday 3 March 2026 at 2.05pm (UK time)", "as written: Tue, 03 Mar 2026 09:05:00 -0500",
        "Dear Sam,", "{{ 7 * 7 }} <script>x</script>", "> quoted £20", ">> older", "Register & <i>.pdf",
        f"6 bytes, SHA-256 begins {hash_prefix(sha256_bytes(b'%PDF-x'))}", "Each attachment is supplied as a separate item.",
    ):  # fmt: skip
        assert words in text
    assert codes == []


def test_summer_time_is_told() -> None:
    assert (
        london_words(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == "Thursday 2 July 2026 at 12.30am (UK time)"
    )


def test_html_only_is_words_only_and_fetches_nothing(tmp_path: Path, request_for: MakeRequest) -> None:
    mail = message()
    mail.set_content(
        "<p>Words</p><img src='file:///etc/hostname'><img src='http://127.0.0.1:9/t.gif'>", subtype="html"
    )
    text, codes = drawn(request_for, tmp_path, mail.as_bytes())
    assert "Words" in text
    assert codes == ["mail-remote-pictures", "mail-words-only"]


def test_versions_that_differ_are_reported(tmp_path: Path, request_for: MakeRequest) -> None:
    mail = message()
    mail.set_content("Please use a newer program.\n")
    words = " ".join("abcdefghijklmnopqrstuvwxy"[number:] + "zz" for number in range(22))
    mail.add_alternative(f"<p>{words}</p>", subtype="html")
    assert drawn(request_for, tmp_path, mail.as_bytes())[1] == ["mail-versions-differ"]


@pytest.mark.parametrize(
    ("data", "words", "codes"),
    [
        (b"From: a@b.example\r\n\r\n", ["(no subject)", "(none)", "[This message has no words.]"], ["mail-date-unreadable"]),
        (b"From: a@b.example\r\nDate: yesterday\r\nContent-Type: multipart/encrypted; boundary=x\r\n\r\n--x\r\n\r\n--x--",
         ["yesterday", "[This message is encrypted. Its words cannot be shown.]"], ["mail-encrypted", "mail-date-unreadable"]),
        (b"From: a@b.example\r\nSubject: x\xe2\x80\xaetxt.exe\r\nDate: Tue, 3 Mar 2026 09:05 +0000\r\n\r\nbell\x07",
         ["x\\u202etxt.exe", "bell\\x07"], []),
    ],
)  # fmt: skip
def test_odd_messages(
    tmp_path: Path, request_for: MakeRequest, data: bytes, words: list[str], codes: list[str]
) -> None:
    text, found = drawn(request_for, tmp_path, data)
    assert all(word in text for word in words), text
    assert found == codes


def test_what_is_no_message_is_held(tmp_path: Path, request_for: MakeRequest) -> None:
    (tmp_path / "m.eml").write_bytes(b"\n\nwords")
    with pytest.raises(HeldError) as held:
        draw(request_for(tmp_path / "m.eml", Kind.MAIL))
    assert [each.code for each in held.value.findings] == ["mail-damaged"]


def test_a_long_message_takes_as_many_pages_as_it_needs(tmp_path: Path, request_for: MakeRequest) -> None:
    mail = message()
    mail.set_content("".join(f"line {number}\n" for number in range(150)))
    text, codes = drawn(request_for, tmp_path, mail.as_bytes())
    assert all(f"line {number} " in text + " " for number in range(150))
    assert codes == []


def test_one_damaged_byte_does_not_spoil_the_rest() -> None:
    good = "Zoë und Jürgen, größer als früher, für übermorgen, schön, müde".encode()
    text, guessed = decoded(good[:20] + b"\xff" + good[20:], "utf-8")
    assert guessed
    assert "übermorgen, schön, müde" in text
    assert "\\xff" in text
    assert decoded("£20 für Zoë".encode("cp1252"), "utf-8") == ("£20 für Zoë", True)
    assert decoded(b"plain", "no-such-set") == ("plain", True)


def test_an_invitation_is_told_in_words(tmp_path: Path, request_for: MakeRequest) -> None:
    mail = message()
    mail.set_content("Please come.\n")
    event = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Meeting\r\nDTSTART:20260701T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    mail.add_attachment(event, maintype="text", subtype="calendar", filename="invite.ics")
    mail.add_attachment(b"rubbish", maintype="text", subtype="calendar", filename="broken.ics")
    text, codes = drawn(request_for, tmp_path, mail.as_bytes())
    for words in (
        "invite.ics",
        "Event: Meeting",
        "Wednesday 1 July 2026 at 10am (UK time)",
        "broken.ics",
        "Please come.",
    ):
        assert words in text
    assert codes == []


def test_an_inline_picture_is_named_in_its_place(tmp_path: Path, request_for: MakeRequest) -> None:
    mail = message()
    mail.set_content("<p>See <img src='cid:a%40b' alt='Our logo'> here</p>", subtype="html")
    mail.add_related(b"PNG", maintype="image", subtype="png", cid="<a@b>", filename="logo.png")
    assert "See [picture: logo.png – Our logo] here" in drawn(request_for, tmp_path, mail.as_bytes())[0]


def test_a_message_that_outlook_saved(tmp_path: Path, request_for: MakeRequest) -> None:
    outer = Path(__file__).parents[2] / "casefiles" / "mail" / "files" / "outer.msg"
    made = draw(request_for(outer, Kind.OUTLOOK))
    assert isinstance(made, Derived)
    text = " ".join(pypdfium2.PdfDocument(str(made.path))[0].get_textpage().get_text_bounded().split())
    for words in ("outer subject", "To outer@foo.bar", "Date (not sent: a draft)", "test.msg", "Outer body"):
        assert words in text
    assert [each.code for each in made.findings] == ["mail-not-sent"]
