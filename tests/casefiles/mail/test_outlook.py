"""Messages that Outlook saved: what is read is what other readers and Outlook itself show of them.

`files/outer.msg` was written by Outlook; it comes from the tests of msg-parser (BSD licence, see `files/README.md`).
"""

from __future__ import annotations

import io
import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest
from compressed_rtf import compress
from hypothesis import given, settings
from hypothesis import strategies as st
from olefile import OleFileIO
from oxmsg import Message

from casefiles.mail.compound import Folder, write_compound
from casefiles.mail.outlook import read_outlook

OUTER = Path(__file__).parent / "files" / "outer.msg"
FILES = "__attach_version1.0_#"
PEOPLE = "__recip_version1.0_#"
SUBMITTED = (
    int((datetime(2026, 3, 3, 14, 5, tzinfo=UTC) - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10**7
)
"""In steps of 100 ns since 1601, as Windows tells the time."""


def properties(header: bytes, *fixed: tuple[int, int, int]) -> bytes:
    return header + b"".join(struct.pack("<HHIQ", kind, number, 6, value) for number, kind, value in fixed)


def stored(texts: dict[int, str | bytes], head: bytes) -> dict[str, bytes]:
    found = {"__properties_version1.0": head}
    for number, value in texts.items():
        kind = "001F" if isinstance(value, str) else "0102"
        found[f"__substg1.0_{number:04X}{kind}"] = (
            value.encode("utf-16-le") if isinstance(value, str) else value
        )
    return found


def attached(method: int, texts: dict[int, str | bytes], inner: Folder | None = None) -> Folder:
    head = properties(bytes(8), (0x3705, 3, method))
    return Folder(stored(texts, head), {} if inner is None else {"__substg1.0_3701000D": inner})


def recipient(kind: int, name: str, address: str) -> Folder:
    return Folder(stored({0x3001: name, 0x39FE: address}, properties(bytes(8), (0x0C15, 3, kind))))


def message(
    texts: dict[int, str | bytes],
    *parts: Folder,
    people: tuple[Folder, ...] = (),
    fixed: tuple[tuple[int, int, int], ...] = (),
    announced: int | None = None,
) -> bytes:
    count = len(parts) if announced is None else announced
    head = struct.pack("<8x4I8x", len(people), len(parts), len(people), count)
    folders = {f"{FILES}{number:08X}": part for number, part in enumerate(parts)}
    folders |= {f"{PEOPLE}{number:08X}": part for number, part in enumerate(people)}
    return write_compound(Folder(stored(texts, properties(head, *fixed)), folders))


def test_a_message_of_outlooks_own_and_the_message_within() -> None:
    mail = read_outlook(OUTER.read_bytes())
    assert (mail.all("Subject"), mail.all("To")) == (("outer subject",), ("outer@foo.bar",))
    assert mail.body.strip() == "Outer body"
    assert (mail.sent, mail.flaws.unsent) == (None, True)
    (inner,) = mail.attachments
    assert (inner.name, mail.flaws.cut, read_outlook(inner.data).flaws.cut) == (b"test.msg", False, False)
    assert read_outlook(inner.data).all("Subject") == ("test",)
    again = Message.load(inner.data)
    assert (again.subject, [each.email_address for each in again.recipients]) == ("test", ["test@foobar.com"])


def test_the_message_within_keeps_every_stream() -> None:
    (inner,) = read_outlook(OUTER.read_bytes()).attachments
    prefix = ["__attach_version1.0_#00000000", "__substg1.0_3701000D"]
    with OleFileIO(io.BytesIO(OUTER.read_bytes())) as whole, OleFileIO(io.BytesIO(inner.data)) as part:
        before = [path[2:] for path in whole.listdir() if path[:2] == prefix]
        assert len(before) > 20
        for path in before:
            data = whole.openstream([*prefix, *path]).read()
            if path == ["__properties_version1.0"]:
                data = data[:24] + bytes(8) + data[24:]
            assert part.openstream(path).read() == data
        assert part.exists("__nameid_version1.0/__substg1.0_00020102")


def test_people_dates_and_files() -> None:
    texts: dict[int, str | bytes] = {
        0x0037: "Absence – Łukasz\0", 0x1000: "He was ill.\r\n", 0x0C1A: "Jane Müller", 0x5D01: "jane@school.example",
        0x0042: "Head", 0x5D02: "head@school.example",
    }  # fmt: skip
    data = message(
        texts,
        attached(1, {0x3707: "Register.pdf", 0x3701: b"%PDF", 0x370E: "application/pdf"}),
        attached(1, {0x3704: "SHORT~1.TXT", 0x3701: b"text"}),
        attached(1, {0x3701: b"PNG", 0x370E: "image/png", 0x3712: "<a@b>"}),
        people=(recipient(1, "EWO", "ewo@council.example"), recipient(2, "c@d.example", "c@d.example"),
                recipient(3, "", "hidden@e.example"), recipient(1, "Second", "s@e.example")),
        fixed=((0x0039, 0x40, SUBMITTED),),
    )  # fmt: skip
    mail = read_outlook(data)
    assert mail.all("From") == ("Head <head@school.example> (sent by Jane Müller <jane@school.example>)",)
    assert mail.all("To") == ("EWO <ewo@council.example>, Second <s@e.example>",)
    assert (mail.all("Cc"), mail.all("Bcc")) == (("c@d.example",), ("hidden@e.example",))
    assert mail.all("Subject") == ("Absence – Łukasz",)
    assert mail.sent == datetime(2026, 3, 3, 14, 5, tzinfo=UTC)
    assert [(each.name, each.data) for each in mail.attachments] == [
        (b"Register.pdf", b"%PDF"), (b"SHORT~1.TXT", b"text"), (b"attachment-3.png", b"PNG"),
    ]  # fmt: skip
    assert mail.attachments[2].content_id == "a@b"
    assert (mail.flaws.broken, mail.flaws.outside) == (0, ())


def test_headers_as_the_message_travelled_come_first() -> None:
    heads = "From: =?utf-8?q?=C5=81ucja?= <l@e.example>\r\nDate: Tue, 03 Mar 2026 09:05:00 -0500\r\n\r\n"
    mail = read_outlook(message({0x007D: heads, 0x0C1A: "Another", 0x0037: "S"}, fixed=((0x0039, 0x40, 1),)))
    assert mail.all("From") == ("Łucja <l@e.example>",)
    assert mail.sent == datetime(2026, 3, 3, 14, 5, tzinfo=UTC)


def test_words_from_html_or_rich_text_where_there_is_no_plain_version() -> None:
    html = "<p>Only £20</p><img src='cid:a@b'><img src=http://x.example/t.gif>".encode("cp1252")
    picture = attached(1, {0x3701: b"PNG", 0x3707: "logo.png", 0x3712: "a@b"})
    mail = read_outlook(message({0x1013: html}, picture, fixed=((0x3FDE, 3, 1252),)))
    assert (mail.body, mail.from_html, mail.flaws.remote_pictures) == (
        "Only £20\n\n[picture: logo.png]",
        True,
        1,
    )
    packed = compress(b"{\\rtf1\\ansi\\ansicpg1252 Rich \\'a320\\par words}")
    assert read_outlook(message({0x1009: packed})).body.splitlines() == ["Rich £20", "words"]
    spoilt = read_outlook(message({0x1009: packed[:-3] + b"xyz"}))
    assert (spoilt.body, spoilt.flaws.broken) == ("", 1)


def test_the_place_of_a_picture_is_named_in_the_plain_version() -> None:
    picture = attached(1, {0x3701: b"PNG", 0x3707: "logo.png", 0x3712: "image001.png@01D"})
    mail = read_outlook(message({0x1000: "See [cid:image001.png@01D] and [cid:other]"}, picture))
    assert mail.body == "See [picture: logo.png] and [cid:other]"


def test_what_is_missing_or_elsewhere_is_told() -> None:
    data = message(
        {0x0037: "S", 0x001A: "IPM.Appointment"},
        attached(4, {0x3707: "plan.docx", 0x370D: "\\\\server\\plan.docx"}),
        attached(1, {0x3707: "gone.pdf"}),
        announced=3,
    )
    mail = read_outlook(data)
    assert mail.attachments == ()
    assert mail.flaws.outside == ("\\\\server\\plan.docx",)
    assert (mail.flaws.broken, mail.flaws.cut) == (1, True)
    assert mail.item_class == "IPM.Appointment"


@pytest.mark.parametrize(
    ("texts", "names", "encrypted"),
    [
        ({0x001A: "IPM.Note.SMIME"}, ["smime.p7m"], True),
        ({0x001A: "IPM.Note.SMIME.MultipartSigned"}, ["smime.p7m"], False),
        ({0x001A: "IPM.Note"}, ["message.rpmsg"], True),
        ({0x001A: "IPM.Note"}, ["a.pdf"], False),
    ],
)
def test_encrypted_messages(texts: dict[int, str | bytes], names: list[str], encrypted: bool) -> None:
    mail = read_outlook(message(texts, *(attached(1, {0x3707: name, 0x3701: b"x"}) for name in names)))
    assert mail.flaws.encrypted is encrypted
    assert mail.item_class == ""


def test_an_object_of_another_program_is_a_file_of_its_own() -> None:
    (each,) = read_outlook(
        message({}, attached(6, {0x3001: "Picture"}, Folder({"CONTENTS": b"bitmap" * 999})))
    ).attachments
    assert each.name == b"Picture.ole"
    with OleFileIO(io.BytesIO(each.data)) as inner:
        assert inner.openstream("CONTENTS").read() == b"bitmap" * 999


@pytest.mark.parametrize("damage", [lambda d: d[:512], lambda d: d[:1000], lambda d: b"x" + d, lambda _: b"",
    lambda d: d.replace("__properties".encode("utf-16-le"), "__propertiex".encode("utf-16-le"))])  # fmt: skip
def test_what_is_no_message_is_refused(damage: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_outlook(damage(OUTER.read_bytes()))  # type: ignore[operator]


@pytest.mark.parametrize("length", range(1_500, 47_616, 3_001))
def test_a_message_that_ends_early_is_cut_or_refused(length: int) -> None:
    try:
        assert read_outlook(OUTER.read_bytes()[:length]).flaws.cut
    except ValueError as refused:
        assert str(refused)


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 47_615), st.integers(0, 255)), min_size=1, max_size=60))
def test_a_damaged_message_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    data = bytearray(OUTER.read_bytes())
    for place, value in changes:
        data[place] = value
    try:
        read_outlook(bytes(data))
    except ValueError as refused:
        assert str(refused)
