"""Other readers' text of an original: poppler for PDF, the XML itself for Word, the standard library for mail and text."""

from __future__ import annotations

import re
import subprocess
import zipfile
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element

import pypdf
from defusedxml import ElementTree
from pypdf.errors import PyPdfError

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
TIME_SECONDS = 120


class NoText(Exception):
    """The other reader could not read the file either."""


def pdf_pages(path: Path) -> list[str]:
    """The text of each page by poppler's `pdftotext`, with form values and without layout.

    Raises:
        NoText: poppler cannot read it.
    """
    done = subprocess.run(
        ["pdftotext", "-enc", "UTF-8", "-raw", str(path), "-"],
        capture_output=True,
        timeout=TIME_SECONDS,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise NoText(said[-1] if said else f"exit code {done.returncode}")
    return done.stdout.decode(errors="replace").split("\f")[:-1]


def everything_on(path: Path, page: int) -> str:
    """All text that is drawn on a page (1-based), also beyond its edge, where poppler does not look."""
    try:
        return pypdf.PdfReader(path).pages[page - 1].extract_text()
    except (PyPdfError, IndexError, ValueError, KeyError, TypeError, AttributeError):
        return ""


def docx_text(data: bytes) -> str:
    """What a reader of the document sees: body text without deleted, hidden and field-code text.

    Raises:
        NoText: it is not a Word document.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            body = ElementTree.fromstring(package.read("word/document.xml"))
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError) as error:
        raise NoText(str(error)) from error
    out: list[str] = []
    _walk(body, out)
    return "".join(out)


def _walk(element: Element, out: list[str]) -> None:
    if element.tag == FALLBACK:
        return
    if element.tag == f"{WORD}r":
        hidden = element.find(f"{WORD}rPr/{WORD}vanish")
        if hidden is not None and hidden.get(f"{WORD}val") not in {"0", "false"}:
            return
    if element.tag == f"{WORD}t":
        out.append(element.text or "")
    elif element.tag in {f"{WORD}tab", f"{WORD}br", f"{WORD}cr"}:
        out.append(" ")
    for child in element:
        _walk(child, out)
    if element.tag == f"{WORD}p":
        out.append("\n")


class _Visible(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._muted = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        self._muted += tag in {"style", "script", "title"}

    def handle_endtag(self, tag: str) -> None:
        self._muted -= tag in {"style", "script", "title"} and self._muted > 0

    def handle_data(self, data: str) -> None:
        if not self._muted:
            self.words.append(data)


def mail_text(data: bytes) -> str:
    """Subject and body (plain text where there is one, else the text of the HTML) by the standard library.

    Raises:
        NoText: the standard library cannot parse it.
    """
    try:
        message = BytesParser(policy=policy.default).parsebytes(data)
        if not isinstance(message, EmailMessage):
            raise NoText("it has no body of its own")
        subject = str(message["Subject"] or "")
        body = message.get_body(preferencelist=("plain", "html"))
        content = "" if body is None else body.get_content()
    except (LookupError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise NoText(f"{type(error).__name__}: {error}") from error
    if not isinstance(content, str):
        raise NoText("its body is not text")
    if body is not None and body.get_content_subtype() == "html":
        visible = _Visible()
        visible.feed(content)
        content = " ".join(visible.words)
    return f"{subject}\n{content}"


def plain_text(data: bytes) -> str:
    """A text file, in UTF-8 or else in the Windows code page of western Europe."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def table_text(data: bytes) -> str:
    """The cells of a CSV file, whatever separates them."""
    return re.sub(r"[,;\t|\"]", " ", plain_text(data))


def html_text(data: bytes) -> str:
    """What a page says outside scripts and styles."""
    visible = _Visible()
    visible.feed(plain_text(data))
    return " ".join(visible.words)


def open_document_text(data: bytes) -> str:
    """The words of a text, of the slides that are shown, or of the tables, by the XML itself; without notes and remarks.

    Raises:
        NoText: it is no OpenDocument package.
    """
    return _xml_words(
        data, ["content.xml"], "}p", {"annotation", "notes", "tracked-changes", "forms", "index-title"}
    )


def slides_text(data: bytes) -> str:
    """The words of the slides of a PowerPoint package, by the XML itself.

    Raises:
        NoText: it is no such package.
    """
    return _xml_words(data, None, "}p", set())


def _xml_words(data: bytes, names: list[str] | None, paragraph: str, without: set[str]) -> str:
    out: list[str] = []

    def walk(element: Element) -> None:
        local = element.tag.rpartition("}")[2]
        if local in without:
            return
        out.append(element.text or "")
        for child in element:
            walk(child)
            out.append(child.tail or "")
        if element.tag.endswith(paragraph) or local in {
            "h",
            "tab",
            "line-break",
            "s",
            "br",
            "list-item",
            "table-cell",
        }:
            out.append(" ")

    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            listed = names or [
                name for name in package.namelist() if re.fullmatch(r"ppt/slides/slide\d+\.xml", name)
            ]
            for name in listed:
                tree = ElementTree.fromstring(package.read(name))
                if tree.get("show") not in {"0", "false"}:
                    walk(tree)
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, ValueError) as error:
        raise NoText(str(error)) from error
    return "".join(out)


def calendar_text(data: bytes) -> str:
    """The titles and places of a calendar's entries, by its unfolded lines."""
    lines = re.sub(r"\r?\n[ \t]", "", plain_text(data)).splitlines()
    said = [line.partition(":")[2] for line in lines if re.match(r"(?i)(SUMMARY|LOCATION)[;:]", line)]
    return re.sub(r"\\(.)", lambda found: " " if found[1] in "nN" else found[1], "\n".join(said))


def made_by(kind: str, data: bytes) -> str:
    """The program that says it made the file; empty where it does not say."""
    if kind == "PDF":
        found = re.search(rb"/Producer\s*\(((?:\\.|[^\\()])*)\)", data)
        text = (
            found.group(1).decode("utf-16-be" if found.group(1)[:2] == b"\xfe\xff" else "latin-1", "replace")
            if found
            else ""
        )
        if text.startswith("\ufeff"):
            text = text[1:]
    elif kind == "docx":
        try:
            with zipfile.ZipFile(BytesIO(data)) as package:
                found = re.search(rb"<Application>([^<]*)</Application>", package.read("docProps/app.xml"))
        except (zipfile.BadZipFile, KeyError):
            found = None
        text = found.group(1).decode() if found else ""
    elif kind == "mail":
        found = re.search(rb"(?mi)^(?:X-Mailer|User-Agent): *([^\r\n]+)", data)
        text = found.group(1).decode("latin-1") if found else ""
    elif kind in {"JPEG", "PNG"}:
        found = re.search(
            rb"(Adobe Photoshop[\w .]*|GIMP[\w .]*|ImageMagick[\w .]*|Canon EOS[\w .]*|Adobe ImageReady)",
            data[:20000],
        )
        text = found.group(1).decode() if found else ""
    else:
        text = ""
    return " ".join("".join(letter for letter in text if letter.isprintable()).split())[:60]
