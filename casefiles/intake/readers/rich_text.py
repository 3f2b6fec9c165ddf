"""Rich Text documents: their words, what is not drawn, and the stretches that a copy for LibreOffice leaves out.

Source: Rich Text Format specification 1.9.1 (destinations, `\\uc` and `\\u`, `\\v`, `\\revised`, `\\deleted`, fields).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from casefiles.intake.readers.office_contents import FETCHING, RECOMPUTED, VOLATILE, Contents, Refused

MAX_DEPTH = 500
_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?[0-9]{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z])|([{}])|([\r\n]+)|([^\\{}\r\n]+)",
    re.S,
)
_SKIPPED = frozenset(
    b"fonttbl colortbl stylesheet info pict listtable listoverridetable rsidtbl generator themedata colorschememapping "
    b"datastore latentstyles xmlnstbl listtext pntext pn bkmkstart bkmkend objdata objclass objname nonshppict shppict "
    b"sp filetbl revtbl userprops wgrffmtfilter mmathPr xe tc tcn template private ud blipuid panose falt pnseclvl "
    b"atrfstart atrfend atnid atntime atndate atnref atnparent ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn "
    b"background docvar formfield passwordhash writereservation writereservhash picprop defchp defpap "
    b"ffname ffdeftext ffformat ffhelptext ffstattext ffentrymcr ffexitmcr".split()
)
_KNOWN_STARRED = frozenset(
    b"fldinst annotation atnauthor shpinst shptxt shprslt footnote do dptxbxtext result objclass".split()
)
_MARGINS = frozenset(b"header headerl headerr headerf footer footerl footerr footerf".split())
_BREAKS = {
    b"par": "\n",
    b"line": "\n",
    b"cell": "\n",
    b"row": "\n",
    b"sect": "\n",
    b"page": "\n",
    b"tab": "\t",
}
_CHARACTERS = {
    b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”",
    b"bullet": "•", b"emspace": " ", b"enspace": " ", b"qmspace": " ",
}  # fmt: skip
_CHARSETS = {
    0: "cp1252", 2: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gbk", 136: "big5",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
    222: "cp874", 238: "cp1250",
}  # fmt: skip


@dataclass(frozen=True)
class _State:
    """What a group inherits and its end restores."""

    destination: bytes = b""
    unicode_skip: int = 1
    charset: str = ""
    hidden: bool = False
    deleted: bool = False
    inserted: bool = False


@dataclass
class _Group:
    """A group that is open: where it began, and what a destination gathered in it."""

    start: int
    before: _State
    starred: bool = False
    gathered: list[str] = field(default_factory=list)


@dataclass
class RichText:
    """What was read, and the stretches (start, end) of the file's bytes that a copy leaves out."""

    contents: Contents = field(default_factory=Contents)
    left_out: list[tuple[int, int]] = field(default_factory=list)


def read_rich_text(data: bytes) -> RichText:
    """Read a whole RTF file.

    Raises:
        Refused: it does not begin as one, is cut, or its groups are nested too deeply.
    """
    if not data.lstrip().startswith(b"{\\rtf"):
        raise Refused("office-damaged", "it does not begin as a Rich Text document does")
    reader = _Reader(data)
    reader.run()
    return reader.result()


class _Reader:
    """One pass over the tokens."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._state = _State()
        self._groups: list[_Group] = []
        self._page = "cp1252"
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._skip = 0
        self._bytes = bytearray()
        self._bytes_charset = ""
        self._out: dict[str, list[str]] = {"shown": [], "margins": [], "deleted": [], "hidden": []}
        self._author = ""
        self._was_changed = False
        self._result_is_computed = False
        self._found = RichText()

    def run(self) -> None:
        position = 0
        while position < len(self._data):
            match = _TOKEN.match(self._data, position)
            if match is None:  # a lone backslash at the end
                break
            position = match.end()
            word, number, code, symbol, brace, _, plain = match.groups()
            if brace == b"{":
                self._flush()
                self._open(match.start())
            elif brace == b"}":
                self._flush()
                self._close(position)
                if not self._groups:
                    return
            elif word is not None:
                if word == b"bin":
                    position += max(0, int(number or 0))
                else:
                    self._word(word.lower() if word.isupper() else word, number)
            elif code is not None:
                self._byte(bytes([int(code, 16)]))
            elif symbol is not None:
                self._symbol(symbol)
            elif plain is not None:
                self._byte(plain)
        raise Refused("office-damaged", "it ends before its last group is closed: it may have been cut")

    def result(self) -> RichText:
        contents = self._found.contents
        contents.shown = ["".join(self._out["shown"])]
        contents.margins = ["".join(self._out["margins"])]
        contents.deleted = _stretches(self._out["deleted"])
        contents.hidden = _stretches(self._out["hidden"])
        return self._found

    def _open(self, start: int) -> None:
        if len(self._groups) >= MAX_DEPTH:
            raise Refused("office-too-large", f"its groups are nested more than {MAX_DEPTH} deep")
        self._groups.append(_Group(start, self._state))

    def _close(self, end: int) -> None:
        group = self._groups.pop()
        destination = self._state.destination
        if destination != group.before.destination:
            self._finish(destination, group, end)
        self._state = group.before
        self._skip = 0

    def _finish(self, destination: bytes, group: _Group, end: int) -> None:
        text = "".join(group.gathered).strip()
        contents = self._found.contents
        if destination == b"fldinst":
            names = text.upper().split()[:1]
            contents.linked += bool(names and names[0] in FETCHING)
            self._result_is_computed = bool(names and names[0] in RECOMPUTED)
            if names and names[0] in VOLATILE:
                contents.fields.add(names[0])
                self._found.left_out.append((group.start, end))
        elif destination == b"annotation":
            contents.comments.append(f"{self._author}: {text}" if self._author else text)
        elif destination == b"atnauthor":
            self._author = text
        elif destination == b"objclass":
            contents.embedded.append(text or "an object")
        elif destination in {b"objdata", b"template"}:
            contents.linked += destination == b"template"
            self._found.left_out.append((group.start, end))

    def _word(self, word: bytes, number: bytes | None) -> None:
        value = int(number) if number is not None else 1
        if word in _SKIPPED or word in _MARGINS or word in _KNOWN_STARRED:
            self._flush()
            if self._groups and word != b"result":
                self._state = replace(self._state, destination=word)
        elif self._groups and self._groups[-1].starred and not self._state.destination:
            self._state = replace(self._state, destination=b"unknown")
        if word == b"fldrslt" and self._result_is_computed:
            self._state, self._result_is_computed = replace(self._state, destination=b"unknown"), False
        if self._groups:
            self._groups[-1].starred = False
        if word in _BREAKS or word in _CHARACTERS:
            self._text(_BREAKS.get(word) or _CHARACTERS[word])
        else:
            self._property(word, value, number)

    def _property(self, word: bytes, value: int, number: bytes | None) -> None:
        on = number is None or value != 0
        if word == b"u":
            self._flush()
            self._text(chr(value % 65536))
            self._skip = self._state.unicode_skip
        elif word == b"uc":
            self._state = replace(self._state, unicode_skip=max(0, value))
        elif word in {b"v", b"deleted", b"revised", b"plain"}:
            self._flush()
            self._mark(word, on)
        elif word == b"ansicpg" and _known(f"cp{value}"):
            self._page = f"cp{value}"
        elif word == b"f":
            self._font = value
            self._state = replace(self._state, charset=self._fonts.get(value, ""))
        elif word == b"fcharset" and self._state.destination == b"fonttbl":
            self._fonts[self._font] = _CHARSETS.get(value, "")
        elif word in {b"objlink", b"objautlink"}:
            self._found.contents.linked += 1

    def _mark(self, word: bytes, on: bool) -> None:
        if word == b"plain":
            self._state = replace(self._state, hidden=False, deleted=False, inserted=False)
        elif word == b"v":
            self._state = replace(self._state, hidden=on)
        elif word == b"deleted":
            self._state = replace(self._state, deleted=on)
        else:
            self._state = replace(self._state, inserted=on)

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            if self._groups:
                self._groups[-1].starred = True
        elif symbol in b"\\{}":
            self._byte(symbol)
        elif symbol in b"~_":
            self._text(" " if symbol == b"~" else "-")
        elif symbol in b"\r\n":
            self._text("\n")

    def _byte(self, data: bytes) -> None:
        if self._skip:
            self._skip, data = max(0, self._skip - len(data)), data[self._skip :]
        self._bytes += data

    def _flush(self) -> None:
        if self._bytes:
            data = bytes(self._bytes)
            self._bytes.clear()
            self._text(data.decode(self._state.charset or self._page, "replace"))

    def _text(self, text: str) -> None:
        if self._bytes:
            self._flush()
        state = self._state
        gathers = {b"fldinst", b"annotation", b"atnauthor", b"objclass"}
        if state.destination in gathers:
            for group in reversed(self._groups):
                if group.before.destination != state.destination:
                    group.gathered.append(text)
                    return
        if state.destination in _SKIPPED or state.destination in {b"unknown", b"sn", b"sv"}:
            return
        changed = state.inserted or state.deleted
        self._found.contents.changes += changed and not self._was_changed
        self._was_changed = changed
        where = "margins" if state.destination in _MARGINS else "shown"
        where = "hidden" if state.hidden else "deleted" if state.deleted else where
        for name, gathered in self._out.items():
            if name == where:
                gathered.append(text)
            elif name in {"deleted", "hidden"} and gathered and gathered[-1]:
                gathered.append("")


def _stretches(pieces: list[str]) -> list[str]:
    """Pieces that followed each other as one; an empty piece stands where something else came between."""
    return [text for text in "\0".join(_joined(pieces)).split("\0") if text.strip()]


def _joined(pieces: list[str]) -> Iterator[str]:
    current: list[str] = []
    for piece in pieces:
        if piece:
            current.append(piece)
        else:
            yield "".join(current)
            current = []
    yield "".join(current)


def _known(codec: str) -> bool:
    try:
        codecs.lookup(codec)
    except LookupError:
        return False
    return True
