"""XML of an Office file's part, parsed without resolving or fetching anything."""

from __future__ import annotations

from typing import Any


class NotPlainXml(ValueError):
    """The part is no well-formed XML, or declares a document type."""


def parse(data: bytes) -> Any:
    """The root element of a part.

    Raises:
        NotPlainXml: it is not well-formed, nested too deeply, or has a document type (entities live there).
    """
    from lxml import etree  # type: ignore[import-untyped]

    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise NotPlainXml(str(problem)[:200]) from problem
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotPlainXml("it declares a document type")
    return root


def serialise(root: Any) -> bytes:
    """The part's bytes again."""
    from lxml import etree

    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))
