"""Which items a bundle draws and how, from the officer's lines and the case as it is. Pure; touches no file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bundles.bundle_file import BundleFile, BundleLine, NewLine
from bundles.choices import NOTHING_CHOSEN
from bundles.model import TabKind, Use
from casefiles.case import Case, Person, Role
from casefiles.chain.state import CaseState, EvidenceItem, PathStatus
from casefiles.confidential import Guarded
from casefiles.findings import Finding, Severity
from casefiles.hashing import PREFIX_DIGITS
from casefiles.intake.kinds import Kind
from casefiles.intake.limits import FactsLimits
from casefiles.uk_dates import title_of
from templates.case_kinds import CaseKind

SHORTEST_SECRET = 6


@dataclass(frozen=True)
class KnownItem:
    """An item of the case and what reading it found.

    `name` is its path as shown to people, with `/`, attachments behind their message (`a.eml › photo.jpg`);
    `kind_words` says what it is in plain words; `drawable` is False for a kind that gets a sheet.
    """

    item: EvidenceItem
    name: str
    kind: Kind
    kind_words: str
    drawable: bool
    findings: tuple[Finding, ...]
    text: str

    @property
    def held(self) -> tuple[Finding, ...]:
        """Why it cannot be drawn; empty where it can."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)


@dataclass(frozen=True)
class SelectedItem:
    """One line that the bundle draws.

    `source` is the item whose bytes are drawn: the opened copy of a protected file, else the item itself.
    """

    line: BundleLine
    item: EvidenceItem
    source: KnownItem
    form: TabKind
    placeholder: str


@dataclass(frozen=True)
class Selection:
    """What a bundle draws, in the order of its lines, and what is wrong with it."""

    items: tuple[SelectedItem, ...]
    findings: tuple[Finding, ...]

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """The findings that stand in the way of an issue."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)


def bindable(state: CaseState, known: Mapping[str, KnownItem]) -> list[KnownItem]:
    """The items that a bundle file lists, in order of arrival: no withdrawn ones, no opened copies of protected
    files (they are drawn in their stead), no edited versions that nobody has accepted, none in whose stead another
    version was accepted before they became an exhibit."""
    replaced = {sha256 for sha256 in state.superseded if sha256 not in state.exhibits}
    return [
        known[item.sha256]
        for item in sorted(state.items.values(), key=lambda item: item.seq)
        if item.disposed is None
        and item.unlocked_from is None
        and item.sha256 not in state.unaccepted
        and item.sha256 not in replaced
        and item.sha256 in known
    ]


def propose_lines(items: Iterable[KnownItem], kind: CaseKind, file: BundleFile | None) -> list[NewLine]:
    """A line for each item that the bundle file does not have: title and date from its name, the rest proposed.

    They come by section, then by date, undated ones last; what came inside another file follows it.
    """
    listed = list(items)
    by_digest = {known.item.sha256: known for known in listed}
    lines = []
    for known in listed:
        digest = known.item.sha256
        if file is not None and file.line_for(digest) is not None:
            continue
        title, dated = title_of(_file_name(known))
        section = kind.propose_section(known.name).letter
        outer = _outermost(known, by_digest)
        outer_date = title_of(_file_name(outer))[1] or date.max
        use = Use(kind.propose_use(known.name))
        short = _short_id(digest, listed)
        line = NewLine(use, section, dated, title or f"Document {short}", known.name, short)
        lines.append(((section, outer_date, outer.name, known.item.seq), line))
    return [line for _, line in sorted(lines, key=lambda entry: entry[0])]


def _file_name(known: KnownItem) -> str:
    return re.split(r"[/›]", known.name)[-1].strip()


def _outermost(known: KnownItem, by_digest: Mapping[str, KnownItem]) -> KnownItem:
    """The file that an item came in, or itself."""
    for _ in range(len(by_digest)):
        if known.item.parent is None or known.item.parent not in by_digest:
            break
        known = by_digest[known.item.parent]
    return known


def _short_id(digest: str, items: Sequence[KnownItem]) -> str:
    """The first eight digits, or as many more as tell it from the case's other items."""
    length = PREFIX_DIGITS
    others = [known.item.sha256 for known in items if known.item.sha256 != digest]
    while any(other.startswith(digest[:length]) for other in others):
        length += 1
    return digest[:length]


def select(
    file: BundleFile,
    state: CaseState,
    known: Mapping[str, KnownItem],
    kind: CaseKind,
    *,
    issue: bool,
) -> Selection:
    """The items that a draft (served and undecided) or an issue (served) draws, with every finding on the way."""
    findings: list[Finding] = []
    items: list[SelectedItem] = []
    for line in file.lines:
        item = next((each for each in state.items.values() if each.sha256.startswith(line.id)), None)
        if item is None or item.sha256 not in known:
            findings.append(_no_such_item(file, line, item))
            continue
        if line.use is Use.UNDECIDED:
            findings.append(_undecided(file, line))
        if line.use not in ((Use.SERVE,) if issue else (Use.SERVE, Use.UNDECIDED)):
            continue
        if kind.section(line.section) is None:
            findings.append(_no_such_section(file, line, kind))
            continue
        selected = _selected(line, item, state, known)
        items.append(selected)
        findings.extend(_about(selected, state))
    return Selection(tuple(items), tuple(findings))


def _selected(
    line: BundleLine, item: EvidenceItem, state: CaseState, known: Mapping[str, KnownItem]
) -> SelectedItem:
    opened = item.unlocked_as if item.unlocked_as in known else None
    source = known[opened or item.sha256]
    decided = state.placeholders.get(item.sha256)
    reason = line.placeholder or (decided.reason or "" if decided and source.held else "")
    if reason or source.held:
        form = TabKind.PLACEHOLDER
    else:
        form = TabKind.EVIDENCE if source.drawable else TabKind.SHEET
    return SelectedItem(line, item, source, form, reason)


def _about(selected: SelectedItem, state: CaseState) -> list[Finding]:
    """What the item's reading found; a recorded placeholder turns errors into warnings."""
    line = selected.line
    findings = []
    for finding in selected.source.findings:
        severity = finding.severity
        remedy = finding.remedy
        if severity is Severity.ERROR and selected.placeholder:
            severity, remedy = Severity.WARNING, "A placeholder page stands for it."
        findings.append(Finding(finding.code, severity, line.file, finding.message, remedy, finding.source))
    findings.extend(_chosen_of_nothing(selected))
    for newer in selected.item.awaiting:
        findings.append(
            Finding(
                "newer-version-waits", Severity.WARNING, line.file,
                f"the file was edited after it was received; the bundle binds the bytes first received, not {newer[:8]}",
                f"Look at both and decide: casebinder decide CASE --accept {newer[:8]}, or --reject {newer[:8]}.",
            )
        )  # fmt: skip
    accepted = state.superseded.get(selected.item.sha256)
    if accepted is not None:
        findings.append(
            Finding(
                "older-version-bound", Severity.WARNING, line.file,
                f"the newer version {accepted[:8]} was accepted, and this line still binds the older one, "
                f"{selected.item.short_id}",
                'If only the newer one is to be served, write use = "not relevant" on this line. The label '
                "stays with the older one.",
            )
        )  # fmt: skip
    if _is_missing(selected.item.sha256, state):
        findings.append(
            Finding(
                "bound-though-missing", Severity.WARNING, line.file,
                "the file is missing from the case's folder; the bundle binds it as it was received",
                "If it was deleted because it does not belong here, withdraw it; if it went to another case, record that.",
            )
        )  # fmt: skip
    if state.items[selected.item.sha256].disposed is not None:
        findings.append(
            Finding(
                "withdrawn", Severity.ERROR, line.file, "it was withdrawn from the case", "Remove its line."
            )
        )
    return findings


def _chosen_of_nothing(selected: SelectedItem) -> Iterable[Finding]:
    if selected.form is TabKind.SHEET and selected.line.choices != NOTHING_CHOSEN:
        yield Finding(
            "choice-of-nothing", Severity.ERROR, selected.line.file,
            "something was chosen of it, and nothing of it can be drawn: a sheet stands in its place",
            "Take what was chosen (pages, sheets, slides, notes, paper or colour) out of its line.",
        )  # fmt: skip


def _is_missing(sha256: str, state: CaseState) -> bool:
    """Whether every path that held these bytes is recorded as missing."""
    held = [path.status for path in state.paths.values() if path.sha256 == sha256]
    return PathStatus.MISSING in held and PathStatus.PRESENT not in held


def _no_such_item(file: BundleFile, line: BundleLine, item: EvidenceItem | None) -> Finding:
    where = f"{file.source.file}, line {line.line}"
    if item is not None and item.disposed is not None:
        return Finding(
            "withdrawn",
            Severity.ERROR,
            where,
            f"“{line.title}” was withdrawn from the case",
            "Remove the line.",
        )
    return Finding(
        "item-unknown", Severity.ERROR, where, f"the case has no item with the id {line.id} (“{line.title}”)",
        "Put the id back as it was, or remove the line; the next run adds what is missing.",
    )  # fmt: skip


def _undecided(file: BundleFile, line: BundleLine) -> Finding:
    return Finding(
        "undecided", Severity.ERROR, line.file, f"nobody has decided about “{line.title}”",
        f'In {file.source.file}, line {line.line}, write use = "serve", "unused", "sensitive" or "not relevant".',
        "Criminal Procedure and Investigations Act 1996, ss 3 and 7A: served and unused material are kept apart",
    )  # fmt: skip


def _no_such_section(file: BundleFile, line: BundleLine, kind: CaseKind) -> Finding:
    letters = ", ".join(f"{section.letter} ({section.title})" for section in kind.sections)
    return Finding(
        "section-unknown", Severity.ERROR, f"{file.source.file}, line {line.line}",
        f"“{line.title}” is in section “{line.section}”, which this kind of case does not have", f"Use one of: {letters}.",
    )  # fmt: skip


def new_labels(
    selection: Selection, kind: CaseKind, state: CaseState, initials: str
) -> list[tuple[str, str]]:
    """SHA-256 and label of each served exhibit that has none yet, in bundle order; labels are never used twice."""
    used = [label for label in state.exhibits.values() if label.startswith(f"{initials}/")]
    number = max((int(label.split("/")[1]) for label in used), default=0)
    labels = []
    for selected in selection.items:
        section = kind.section(selected.line.section)
        if selected.line.use is not Use.SERVE or section is None or not section.exhibits:
            continue
        if selected.item.sha256 not in state.exhibits:
            number += 1
            labels.append((selected.item.sha256, f"{initials}/{number}"))
    return labels


def confidential_values_shown(
    selection: Selection, case: Case, defendant: str, chosen: Mapping[str, str] | None = None
) -> list[Finding]:
    """An error for each drawn item that shows a value that one of the bundle's readers must not see: in its text, its
    title, its file's name or the reason for its placeholder.

    Of an item with a choice of pages, sheets, slides or notes, the text is that of the pages drawn: it is searched when
    `chosen` brings it, by SHA-256, and then nothing else is.

    The readers are the defendant named in the bundle file, or every defendant. Images without text are not searched.
    """
    everyone = {person.id for person in case.with_role(Role.DEFENDANT)}
    readers = frozenset({defendant} if defendant else everyone)
    findings = []
    for selected in selection.items:
        if chosen is None:
            texts = [_plain(text) for text in _texts_shown(selected)]
        else:
            texts = [_plain(chosen[selected.item.sha256])] if selected.item.sha256 in chosen else []
        long = (
            selected.form is TabKind.EVIDENCE
            and not selected.line.choices.of_content
            and len(selected.source.text) >= FactsLimits().text_characters
        )
        if long and any(_guarded_values(case)):
            findings.append(
                Finding(
                    "confidential-search-incomplete", Severity.WARNING, selected.line.file,
                    "it is very long, and only its first part was searched for values that a reader must not see",
                    "Look through the rest before you issue.",
                )
            )  # fmt: skip
        for person, what, guarded in _guarded_values(case):
            secret = _plain(guarded.value)
            if len(secret) < SHORTEST_SECRET or guarded.for_reader(readers) is not None:
                continue
            if any(secret in text for text in texts):
                findings.append(
                    Finding(
                        "confidential-value-shown", Severity.ERROR, selected.line.file,
                        f"it shows the {what} of {person.name}, which a reader of this bundle must not see",
                        "Take it out of the title and the reason. If its pages show it, have them redacted and drop the "
                        'redacted copy, or write use = "sensitive" on its line.',
                        "case.toml: confidential, keep_from",
                    )
                )  # fmt: skip
    return findings


def _texts_shown(selected: SelectedItem) -> Iterable[str]:
    """What a reader of the bundle sees of an item: its row in the index, and its pages or the page in their stead."""
    yield selected.line.title
    if selected.form is TabKind.EVIDENCE:
        yield "" if selected.line.choices.of_content else selected.source.text
    else:
        yield re.split(r"[/›]", selected.line.file)[-1]
    if selected.form is TabKind.PLACEHOLDER:
        yield selected.placeholder


def _guarded_values(case: Case) -> Iterable[tuple[Person, str, Guarded]]:
    for person in case.people:
        for what in ("upn", "address", "telephone", "email"):
            guarded = getattr(person, what)
            if guarded is not None and guarded.confidential:
                yield person, {"upn": "pupil number"}.get(what, what), guarded


def _plain(text: str) -> str:
    """For comparison only: letters and digits, so that line breaks and commas do not hide an address."""
    return "".join(re.findall(r"\w+", text)).casefold()
