"""What a PDF carries besides its pages: what acts, what is hidden, what was added.

Source: ISO 32000-1, 7.11 (embedded files), 8.11 (optional content), 12.5 (annotations), 12.6 (actions), 12.7 (forms).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pikepdf
from pikepdf import Name

from casefiles.findings import Finding, Severity
from casefiles.intake.facts import Reading

_NEUTRALISED = "will be neutralised in the bound copy"
_MAX_TREE_NODES = 10_000
_METADATA_BYTES = 4 << 20
_COMMENTS = frozenset({"/Text", "/FreeText", "/Highlight", "/Underline", "/Squiggly", "/StrikeOut", "/Stamp",
                       "/Caret", "/Ink", "/Line", "/Square", "/Circle", "/Polygon", "/PolyLine"})  # fmt: skip
_MEDIA = frozenset({"/Sound", "/Movie", "/Screen", "/3D", "/RichMedia"})
_SENDING = frozenset({"/SubmitForm", "/ImportData"})
_OUTSIDE = frozenset({"/GoToR", "/GoToE", "/Thread"})


class Features:
    """What was met on the way through a document."""

    def __init__(self) -> None:
        self.actions: Counter[str] = Counter()
        self.annotations: Counter[str] = Counter()
        self.attached: list[pikepdf.Object] = []

    def look(self, pdf: pikepdf.Pdf) -> None:
        """Walk catalog, pages and annotations."""
        root = pdf.Root
        if Name.OpenAction in root:
            self.actions["opening"] += 1
            self._action(root.OpenAction)
        self._triggers(root)
        names = _dictionary(root.get(Name.Names))
        if names is not None:
            for _, action in name_tree(names.get(Name.JavaScript)):
                self.actions["/JavaScript"] += 1
                self._action(action)
        for page in pdf.pages:
            self._triggers(page.obj)
            annotations = page.obj.get(Name.Annots)
            for one in annotations if isinstance(annotations, pikepdf.Array) else ():
                if isinstance(one, pikepdf.Dictionary):
                    self._annotation(one)
        form = _dictionary(root.get(Name.AcroForm))
        for script in form_fields(form) if form is not None else ():
            self._triggers(script)

    def _annotation(self, one: pikepdf.Dictionary) -> None:
        subtype = str(one.get(Name.Subtype, ""))
        self.annotations[subtype] += 1
        if subtype == "/FileAttachment" and Name.FS in one:
            self.attached.append(one.FS)
        self._action(one.get(Name.A))
        self._triggers(one)

    def _triggers(self, one: pikepdf.Object) -> None:
        additional = _dictionary(one.get(Name.AA))
        for action in additional.values() if additional is not None else ():
            self._action(action)

    def _action(self, one: object) -> None:
        for _ in range(100):  # /Next may be a chain, or a circle
            action = _dictionary(one)
            if action is None:
                return
            self.actions[str(action.get(Name.S, ""))] += 1
            one = action.get(Name.Next)
            if isinstance(one, pikepdf.Array):
                one = one[0] if len(one) else None


def findings(pdf: pikepdf.Pdf, seen: Features, reading: Reading) -> list[Finding]:
    """What is reported of a document's features; nothing of it stops the file from being bound."""
    made = [*_action_findings(seen, reading), *_annotation_findings(seen, reading)]
    form = _dictionary(pdf.Root.get(Name.AcroForm))
    if form is not None and Name.XFA in form:
        made.append(
            _warning(
                reading, "pdf-xfa", f"A form of Adobe's own kind (XFA) is in the file; it {_NEUTRALISED}"
            )
        )
    hidden = layers_off(pdf)
    if hidden:
        names = ", ".join(f"“{name}”" for name in hidden[:5]) + (" …" if len(hidden) > 5 else "")
        made.append(
            _warning(
                reading,
                "pdf-layers-off",
                f"Layers are switched off ({names}); the bound copy shows the pages without them",
                "Open the file and look whether what they hide should be served",
                "ISO 32000-1, 8.11",
            )
        )
    if _signed(pdf, form):
        made.append(
            _note(
                reading,
                "pdf-signed",
                "The file is signed electronically; the signature holds in the original only",
                "Hand over the original with the pack if the signature matters",
            )
        )
    left = ", ".join(_left_behind(pdf))
    if left:
        made.append(
            _note(reading, "pdf-left-behind", f"The file also carries {left}; the bound copy does not")
        )
    if Name.Collection in pdf.Root:
        made.append(
            _warning(
                reading,
                "pdf-portfolio",
                "The file is a portfolio: its page is a cover, its content are the files inside",
                "Decide on each file inside",
            )
        )
    return made


def _action_findings(seen: Features, reading: Reading) -> Iterator[Finding]:
    actions = seen.actions
    if actions["/JavaScript"]:
        yield _warning(
            reading, "pdf-javascript", f"The file carries a script (JavaScript); it {_NEUTRALISED}"
        )
    if actions["/Launch"]:
        yield _warning(reading, "pdf-launch", f"The file tries to start a program; that {_NEUTRALISED}")
    if any(actions[name] for name in _SENDING):
        yield _warning(reading, "pdf-sends", f"The file can send or fetch form data; that {_NEUTRALISED}")
    if actions["opening"]:
        yield _note(
            reading,
            "pdf-open-action",
            "It carries an instruction to the PDF viewer for when it is opened; the bound copy leaves that out",
        )
    if actions["/URI"]:
        text = (
            f"{actions['/URI']} links to the internet lose their action in the bound copy and keep their text"
        )
        yield _note(reading, "pdf-web-links", text)
    if any(actions[name] for name in _OUTSIDE):
        yield _note(reading, "pdf-file-links", f"The file links to other files; the links {_NEUTRALISED}")


def _annotation_findings(seen: Features, reading: Reading) -> Iterator[Finding]:
    comments = sum(seen.annotations[name] for name in _COMMENTS)
    if comments:
        yield _note(reading, "pdf-comments", f"The file carries {comments} comments or marks by a reader")
    if any(seen.annotations[name] for name in _MEDIA):
        yield _warning(
            reading,
            "pdf-media",
            "The file carries sound, video or 3D; the bound copy shows a picture of it at most",
        )
    if seen.annotations["/Redact"]:
        yield _warning(
            reading,
            "pdf-redaction-unapplied",
            "Passages are marked for redaction, but the text is still there",
            "Ask for a copy with the redaction applied, or use `casebinder redact`",
            "ISO 32000-1, 12.5.6.23",
        )


def _left_behind(pdf: pikepdf.Pdf) -> Iterator[str]:
    """What programs leave in a file beside its pages. Source: ISO 32000-1, 12.3.4, 14.3.2, 14.5 and 8.9.5.4."""
    pages = [page.obj for page in pdf.pages]
    thumbnails = sum(Name.Thumb in page for page in pages)
    if thumbnails:
        yield f"small pictures of {thumbnails} of its pages, which may be older than the pages"
    if any(Name.PieceInfo in one for one in (pdf.Root, *pages)):
        yield "working data of the program that made it"
    if any("/Alternates" in image for page in pages for image in _images(page)):
        yield "other versions of its pictures"
    metadata = pdf.Root.get(Name.Metadata)
    if isinstance(metadata, pikepdf.Stream):
        try:
            if b"xmpMM:History" in metadata.read_bytes()[:_METADATA_BYTES]:
                yield "a history of how it was made"
        except pikepdf.PdfError:
            return


def _images(page: pikepdf.Object) -> Iterator[pikepdf.Object]:
    resources = _dictionary(page.get(Name.Resources))
    drawn = _dictionary(resources.get(Name.XObject)) if resources is not None else None
    for one in drawn.values() if drawn is not None else ():
        if isinstance(one, pikepdf.Stream) and one.get(Name.Subtype) == Name.Image:
            yield one


def layers_off(pdf: pikepdf.Pdf) -> list[str]:
    """The names of the layers that are off when the file is opened. Source: ISO 32000-1, 8.11.4.3."""
    properties = _dictionary(pdf.Root.get(Name.OCProperties))
    default = _dictionary(properties.get(Name.D)) if properties is not None else None
    if properties is None or default is None:
        return []
    groups = properties.get(Name.OCGs)
    all_groups = (
        [one for one in groups if isinstance(one, pikepdf.Dictionary)]
        if isinstance(groups, pikepdf.Array)
        else []
    )
    listed_on, listed_off = (_ids(default.get(key)) for key in (Name.ON, Name.OFF))
    all_off = default.get(Name.BaseState) == Name.OFF
    return [
        str(one.get(Name.Name, "without a name"))
        for one in all_groups
        if (one.objgen in listed_off) or (all_off and one.objgen not in listed_on)
    ]


def is_dynamic_form(pdf: pikepdf.Pdf, text: str) -> bool:
    """True for a form whose page only says "Please wait…": its content is XFA, which only Adobe draws."""
    form = _dictionary(pdf.Root.get(Name.AcroForm))
    if form is None or Name.XFA not in form:
        return False
    fields = form.get(Name.Fields)
    empty = not isinstance(fields, pikepdf.Array) or len(fields) == 0
    needs_drawing = bool(pdf.Root.get(Name.NeedsRendering, False))
    return needs_drawing or (empty and "please wait" in text.lower())


def name_tree(node: object) -> Iterator[tuple[bytes, pikepdf.Object]]:
    """Keys and values of a name tree; stops at a circle and at 10,000 nodes. Source: ISO 32000-1, 7.9.6."""
    waiting, seen, count = [node], set(), 0
    while waiting and count < _MAX_TREE_NODES:
        one = _dictionary(waiting.pop())
        count += 1
        if one is None or (one.is_indirect and one.objgen in seen):
            continue
        seen.add(one.objgen)
        pairs = one.get(Name.Names)
        if isinstance(pairs, pikepdf.Array):
            for index in range(0, len(pairs) - 1, 2):
                yield bytes(pairs[index]), pairs[index + 1]
        kids = one.get(Name.Kids)
        if isinstance(kids, pikepdf.Array):
            waiting.extend(reversed(list(kids)))


def form_fields(form: pikepdf.Object) -> Iterator[pikepdf.Dictionary]:
    """Every field of a form; stops at a circle and at 10,000 fields. Source: ISO 32000-1, 12.7.3."""
    fields = form.get(Name.Fields)
    waiting = list(fields) if isinstance(fields, pikepdf.Array) else []
    seen, count = set(), 0
    while waiting and count < _MAX_TREE_NODES:
        one = _dictionary(waiting.pop())
        count += 1
        if one is None or (one.is_indirect and one.objgen in seen):
            continue
        seen.add(one.objgen)
        yield one
        kids = one.get(Name.Kids)
        if isinstance(kids, pikepdf.Array):
            waiting.extend(kids)


def _signed(pdf: pikepdf.Pdf, form: pikepdf.Dictionary | None) -> bool:
    if Name.Perms in pdf.Root:
        return True
    fields = form_fields(form) if form is not None else ()
    return any(one.get(Name.FT) == Name.Sig and Name.V in one for one in fields)


def _ids(one: object) -> set[tuple[int, int]]:
    if not isinstance(one, pikepdf.Array):
        return set()
    return {item.objgen for item in one if isinstance(item, pikepdf.Dictionary)}


def _dictionary(one: object) -> pikepdf.Dictionary | None:
    return one if isinstance(one, pikepdf.Dictionary) else None


def _warning(reading: Reading, code: str, message: str, remedy: str = "", source: str = "") -> Finding:
    return reading.finding(code, Severity.WARNING, message, remedy, source)


def _note(reading: Reading, code: str, message: str, remedy: str = "") -> Finding:
    return reading.finding(code, Severity.NOTE, message, remedy)
