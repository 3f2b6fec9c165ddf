"""Messages made with the standard library and by hand, as mail programs really write them."""

from __future__ import annotations

import random
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casefiles.intake.facts import FileFacts, read_facts
from casefiles.intake.kinds import Kind, KindOf, detect
from casefiles.intake.limits import FactsLimits

MAIL = KindOf(Kind.MAIL, "message/rfc822", "e-mail")


def message(subject: str = "Absence", body: str = "He was ill. £20") -> EmailMessage:
    one = EmailMessage()
    one["From"], one["To"], one["Subject"] = "Łucja <a@example.org>", "b@example.org", subject
    one["Date"] = "Mon, 3 Feb 2025 09:00:00 +0000"
    one["Message-ID"] = "<1@example.org>"
    one.set_content(body)
    return one


def facts_of(folder: Path, data: bytes, limits: FactsLimits | None = None, depth: int = 0) -> FileFacts:
    path = folder / "m.eml"
    path.write_bytes(data)
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    for left in scratch.iterdir():
        left.unlink()
    return read_facts(path, MAIL, scratch, limits, subject="m.eml", depth=depth)


def children(facts: FileFacts) -> list[tuple[bytes, bytes]]:
    return [(child.name, child.path.read_bytes()) for child in facts.children]


def codes(facts: FileFacts) -> list[str]:
    return [one.code for one in facts.findings]


def test_a_plain_message(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, bytes(message("Łukasz – absence")))
    assert (facts.state, facts.pages, codes(facts), facts.children) == ("readable", None, [], ())
    assert "Subject: Łukasz – absence" in facts.text
    assert "From: Łucja <a@example.org>" in facts.text
    assert "He was ill. £20" in facts.text


def test_both_forms_of_a_body_are_body(tmp_path: Path) -> None:
    one = message()
    one.add_alternative("<style>p{}</style><p>He was <b>ill</b>.</p>", subtype="html")
    facts = facts_of(tmp_path, bytes(one))
    assert facts.children == ()
    assert "He was ill." in facts.text
    assert "p{}" not in facts.text


def test_attachments_inline_pictures_and_messages_within(tmp_path: Path) -> None:
    inner = message("Re: Łukasz", "Inner text")
    inner.add_attachment(b"deep", maintype="application", subtype="pdf", filename="deep.pdf")
    one = message()
    one.add_alternative("<img src=cid:a>", subtype="html")
    html = one.get_payload()[1]
    html.add_related(b"PNG bytes", maintype="image", subtype="png", cid="<a>")
    one.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Żółć.pdf")
    one.add_attachment(b"two", maintype="application", subtype="pdf", filename="Żółć.pdf")
    one.add_attachment("a text", filename="../../note.txt")
    one.add_attachment(inner)
    facts = facts_of(tmp_path, bytes(one))
    found = children(facts)
    assert [name for name, _ in found] == [
        b"attachment-1.png", "Żółć.pdf".encode(), "Żółć.pdf".encode(), b"../../note.txt", "Re: Łukasz.eml".encode(),
    ]  # fmt: skip
    assert [data for _, data in found[:3]] == [b"PNG bytes", b"%PDF", b"two"]
    assert found[3][1].strip() == b"a text"
    assert codes(facts) == ["mail-attachments"]
    assert "Inner text" not in facts.text
    nested = facts.children[4].path
    assert detect(nested, ".eml").kind is Kind.MAIL
    again = tmp_path / "again"
    again.mkdir()
    assert children(read_facts(nested, MAIL, again, depth=1)) == [(b"deep.pdf", b"deep")]


RAW = (
    b"From: a@b\r\nTo: c@d\r\nMIME-Version: 1.0\r\nSubject: %s\r\n"
    b"Content-Type: multipart/mixed; boundary=XX\r\n\r\n--XX\r\n%s\r\n--XX--\r\n"
)


@pytest.mark.parametrize(
    ("header", "body", "text", "guessed"),
    [
        (b"text/plain; charset=iso-8859-2", "Łódź".encode("iso-8859-2"), "Łódź", False),
        (b"text/plain; charset=no-such-charset", "Łódź".encode(), "Łódź", True),
        (b"text/plain; charset=utf-8", "£60".encode("cp1252"), "£60", True),
        (b"text/plain", "£60".encode(), "£60", False),
        (b"text/plain", "£60".encode("cp1252"), "£60", True),
        (b"text/plain; charset=iso-2022-jp", "日本".encode("iso-2022-jp"), "日本", False),
    ],
)
def test_odd_charsets(tmp_path: Path, header: bytes, body: bytes, text: str, guessed: bool) -> None:
    part = b"Content-Type: " + header + b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + body
    facts = facts_of(tmp_path, RAW % (b"x", part))
    assert text in facts.text
    assert codes(facts) == (["mail-charset-guessed"] if guessed else [])


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (b"attachment; filename*=UTF-8''%C5%BB%C3%B3%C5%82%C4%87.pdf", "Żółć.pdf"),
        (b'attachment; filename="=?utf-8?B?xbvDs8WCxIcucGRm?="', "Żółć.pdf"),
        (b'attachment; filename*0="long"; filename*1="name.pdf"', "longname.pdf"),
        (b"attachment", "attachment-1.pdf"),
        (b'attachment; filename=""', "attachment-1.pdf"),
    ],
)
def test_names_of_attachments(tmp_path: Path, disposition: bytes, name: str) -> None:
    part = b"Content-Type: application/pdf\r\nContent-Disposition: " + disposition + b"\r\n\r\ndata"
    assert children(facts_of(tmp_path, RAW % (b"x", part))) == [(name.encode(), b"data")]


def test_a_cut_message_is_held_with_what_is_left(tmp_path: Path) -> None:
    one = message()
    noise = random.Random(1).randbytes(9000)
    one.add_attachment(noise, maintype="application", subtype="pdf", filename="a.pdf")
    data = bytes(one)
    for cut in range(data.index(b"a.pdf") + 200, len(data) - 40, 700):
        facts = facts_of(tmp_path, data[:cut])
        assert (facts.state, facts.findings[0].code) == ("held", "mail-damaged"), cut
        assert [name for name, _ in children(facts)] == [b"a.pdf"]


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (b"Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\nx\x9f", "mail-winmail"),
        (b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\n\r\nx", "mail-encrypted"),
        (
            b"Content-Type: message/external-body; access-type=URL\r\n\r\nContent-Type: text/plain\r\n",
            "mail-external",
        ),
        (
            b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJ*%%DRA=",
            "mail-attachment-damaged",
        ),
    ],
)
def test_parts_that_are_named(tmp_path: Path, part: bytes, code: str) -> None:
    facts = facts_of(tmp_path, RAW % (b"x", part))
    assert code in codes(facts)
    assert len(facts.children) == 1


def test_a_part_that_is_built_badly_within_a_whole_message(tmp_path: Path) -> None:
    part = b"Content-Type: multipart/alternative; boundary=YY\r\n\r\nno boundary at all"
    facts = facts_of(tmp_path, RAW % (b"x", part))
    assert facts.state == "readable"
    assert codes(facts) == ["mail-attachments", "mail-structure"]
    assert children(facts)[0][1].strip() == b"no boundary at all"


def test_limits_are_named(tmp_path: Path) -> None:
    one = message()
    for number in range(4):
        one.add_attachment(b"x" * 100, maintype="application", subtype="pdf", filename=f"{number}.pdf")
    limits = FactsLimits()
    facts = facts_of(tmp_path, bytes(one), replace(limits, child_count=3))
    assert len(facts.children) == 3
    assert "children-too-many" in codes(facts)
    facts = facts_of(tmp_path, bytes(one), replace(limits, child_bytes=150))
    assert (facts.state, codes(facts)) == ("held", ["mail-too-large"])
    assert codes(facts_of(tmp_path, bytes(one), depth=5)) == ["children-too-deep"]


def test_parts_nested_without_end(tmp_path: Path) -> None:
    data = b"From: a@b\nMIME-Version: 1.0\n"
    for number in range(3000):
        data += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (number, number)
    assert facts_of(tmp_path, data).state == "held"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(st.binary(max_size=300), st.binary(max_size=600))
def test_rubbish_in_headers_and_parts_never_breaks_it(tmp_path: Path, subject: bytes, part: bytes) -> None:
    facts = facts_of(tmp_path, RAW.replace(b"%s", subject, 1).replace(b"%s", part, 1))
    assert facts.state in ("readable", "held")


OUTER = Path(__file__).parents[2] / "mail" / "files" / "outer.msg"
OUTLOOK = KindOf(Kind.OUTLOOK, "application/vnd.ms-outlook", "Outlook message")


def test_a_message_that_outlook_saved_and_the_one_within(tmp_path: Path) -> None:
    assert detect(OUTER) == OUTLOOK
    facts = read_facts(OUTER, OUTLOOK, tmp_path)
    assert (facts.state, codes(facts)) == ("readable", ["mail-attachments", "mail-not-sent"])
    assert "Outer body" in facts.text
    (inner,) = facts.children
    assert (inner.name, detect(inner.path, ".msg")) == (b"test.msg", OUTLOOK)
    again = tmp_path / "again"
    again.mkdir()
    assert "Subject: test" in read_facts(inner.path, OUTLOOK, again, depth=1).text


def test_an_outlook_message_that_is_cut_is_held(tmp_path: Path) -> None:
    (tmp_path / "cut.msg").write_bytes(OUTER.read_bytes()[:20_000])
    (tmp_path / "scratch").mkdir()
    facts = read_facts(tmp_path / "cut.msg", OUTLOOK, tmp_path / "scratch")
    assert (facts.state, codes(facts)[0]) == ("held", "mail-damaged")
