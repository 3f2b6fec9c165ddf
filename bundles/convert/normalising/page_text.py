"""The text of a page and its digest: the one definition behind `DerivedPage.text_sha256`.

The text is what PDFium's `FPDFText_GetText` answers for the whole page (in pypdfium2:
`page.get_textpage().get_text_range()`) with each CR LF made LF, and nothing else done to it: no trimming, no
Unicode normalisation. The digest is the SHA-256 of that text in UTF-8. A page without text has the digest of
no bytes, `e3b0c442…`. Lone surrogates, which UTF-8 cannot hold, become U+FFFD.
"""

from __future__ import annotations

import pypdfium2 as pdfium

from casefiles.hashing import sha256_bytes


def page_text(page: pdfium.PdfPage) -> str:
    """The page's text as the digest sees it."""
    text_page = page.get_textpage()
    try:
        text: str = text_page.get_text_range().replace("\r\n", "\n")
    finally:
        text_page.close()
    return text


def text_sha256(text: str) -> str:
    """The digest of a page's text, 64 lower-case hexadecimal digits."""
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        data = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode("utf-8")
    return sha256_bytes(data)
