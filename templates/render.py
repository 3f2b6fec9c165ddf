"""From a template and plain data to HTML, and from HTML to a PDF that fetched nothing.

Templates are written by the authority, data comes from cases: the sandbox keeps a template from reaching
Python objects, autoescaping keeps data from becoming HTML, and the fetcher refuses every address, so that no page
can read a local file or tell a remote server that it was opened. How long a page may take is for the process
that draws it to limit (`casefiles.caged`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeAlias, Union, cast

from casefiles.errors import CasebinderError, ExitCode
from casefiles.files.scratch import write_scratch

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

BUILT_IN = Path(__file__).parent
DOCUMENT_CSS = "pages/document.css"
PICTURE = "picture:"
"""How a page names a picture that it was given: `picture:NAME`. No address of the world begins so."""

Plain: TypeAlias = Union[str, int, float, bool, Sequence["Plain"], Mapping[str, "Plain"], None]  # noqa: UP007


class RenderFailed(CasebinderError):
    """A template cannot be drawn: it is broken, asks for something it was not given, or for an outside file."""

    code: ClassVar[str] = "template-failed"
    exit_code: ClassVar[ExitCode] = ExitCode.USAGE


def render_html(template: str, values: Mapping[str, Plain], overrides: Sequence[Path] = ()) -> str:
    """The HTML of a template such as `pages/sheet.html.j2`, filled with plain data, every value escaped.

    `overrides` are folders that are searched before the built-in templates, the first wins.

    Raises:
        RenderFailed: the template is missing, broken, forbidden by the sandbox, or names a value that is not given.
        TypeError: a value is not plain data.
    """
    import jinja2

    try:
        return _environment(tuple(overrides)).get_template(template).render(_plain(values, "values"))
    except jinja2.TemplateNotFound as problem:
        raise RenderFailed(
            f"template {problem.name} does not exist",
            remedy="check the name, and the templates folder of the workspace",
        ) from problem
    except jinja2.TemplateSyntaxError as problem:
        raise RenderFailed(
            f"template {problem.name or template}, line {problem.lineno}: {problem.message}",
            remedy="correct that line; `casebinder templates eject` shows the built-in one",
        ) from problem
    except jinja2.TemplateError as problem:
        raise RenderFailed(
            f"template {template}: {problem.message}",
            remedy="use only values that the template is given",
        ) from problem


@dataclass(frozen=True)
class RenderedPdf:
    """A drawn PDF, and the characters that no font here has: they show as boxes, their text is right."""

    data: bytes
    without_glyph: str


def html_to_pdf(
    html: str,
    output: Path,
    *,
    css: Sequence[str] = (),
    overrides: Sequence[Path] = (),
    pictures: Mapping[str, bytes] | None = None,
) -> str:
    """Draw HTML as a PDF with WeasyPrint: the same HTML and fonts give the same bytes.

    The base style `pages/document.css` (A4) comes first, then each text in `css`. Nothing is fetched; `pictures` (JPEG or PNG)
    stand where the page names them as `picture:NAME`.

    Returns:
        The characters that no installed font has, each once.

    Raises:
        RenderFailed: the page asks for anything outside itself.
        OSError: the output cannot be written.
    """
    rendered = render_pdf(html, css=css, overrides=overrides, pictures=pictures)
    write_scratch(output, rendered.data)
    return rendered.without_glyph


def render_pdf(
    html: str,
    *,
    css: Sequence[str] = (),
    overrides: Sequence[Path] = (),
    pictures: Mapping[str, bytes] | None = None,
) -> RenderedPdf:
    """As `html_to_pdf`, but nothing is written.

    Raises:
        RenderFailed: the page asks for anything outside itself.
    """
    import weasyprint  # a heavy import: only where a page is drawn
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    given = {f"{PICTURE}{name}": data for name, data in (pictures or {}).items()}

    class DenyAll(URLFetcher):  # type: ignore[misc]
        """Refuses every address, `file:` and `data:` too, but those of the pictures that were given."""

        def fetch(self, url: str, headers: object = None) -> object:  # noqa: ARG002
            if url in given:
                return URLFetcherResponse(url, given[url])
            raise FatalURLFetchingError(url)

    fetcher = DenyAll()
    styles = [_read_css(overrides), *css]
    try:
        document = weasyprint.HTML(string=html, url_fetcher=fetcher, base_url="about:blank")
        sheets = [weasyprint.CSS(string=text, url_fetcher=fetcher) for text in styles]
        with _MissingGlyphs() as missing:
            data = cast(bytes, document.write_pdf(stylesheets=sheets))
        return RenderedPdf(data, missing.characters)
    except FatalURLFetchingError as problem:
        raise RenderFailed(
            f"the page asks for {str(problem)[:200]}, which is outside the page",
            remedy="take the address out of the template: pages may not read files or the network",
        ) from problem


class _MissingGlyphs(logging.Filter):
    """Takes, in this thread, what WeasyPrint says about characters without a glyph; it reaches no log."""

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()
        self._seen: set[str] = set()

    @property
    def characters(self) -> str:
        """Each character once, in order of its code."""
        return "".join(sorted(self._seen))

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the character, if that is what the record is about; everything else passes."""
        ours = record.thread == self._thread and ".notdef" in str(record.msg)
        if ours and isinstance(record.args, tuple):
            self._seen.add(str(record.args[0]))
        return not ours

    def __enter__(self) -> _MissingGlyphs:
        _weasyprint_log().addFilter(self)
        return self

    def __exit__(self, *_: object) -> None:
        _weasyprint_log().removeFilter(self)


def _weasyprint_log() -> logging.Logger:
    return logging.getLogger("weasyprint")


@cache
def _environment(overrides: tuple[Path, ...]) -> ImmutableSandboxedEnvironment:
    """Kept, because compiling a page takes far longer than filling it; an edited template is compiled anew."""
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader([*overrides, BUILT_IN]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _read_css(overrides: Sequence[Path]) -> str:
    for folder in (*overrides, BUILT_IN):
        path = folder / DOCUMENT_CSS
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise RenderFailed(f"{DOCUMENT_CSS} is missing", remedy="install casebinder again")


def _plain(value: object, where: str) -> Plain:
    """A deep copy made of plain types only, so that a template never holds one of our objects."""
    if value is None or type(value) in (str, int, float, bool):
        return cast(Plain, value)
    if isinstance(value, str):  # a StrEnum, or Markup, which would escape the escaping
        return str.__str__(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [_plain(item, f"{where}[{number}]") for number, item in enumerate(value)]
    raise TypeError(f"{where} is a {type(value).__name__}, not plain data")
