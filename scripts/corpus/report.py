"""Write `docs/corpus-outcomes.md` from the outcomes. Pure: text out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from scripts.corpus.compare import Agreement
from scripts.corpus.readers import made_by
from scripts.corpus.run import Outcome

HEAD = """\
# What became of files that other programs made

Written by `make corpus` on {day}. It takes the PDF, Office, picture, table, text, mail and calendar files among the tests of the source packages
named below, drops them into one case, scans, binds a draft and verifies it. Nothing of these files is kept in this
repository. Many of them are broken on purpose.

- **Bound**: the file's own pages are in the bundle. **Held**: it cannot be read; a draft shows a page that says why, and
  an issue is refused until somebody decides. **Sheet**: no page can be made of this kind of file; a sheet names it.
- **Agreement**: each bound page of a PDF is read with poppler, and so is the same page of the original; the words must
  be the same in both directions, apart from our page number and draft mark. For Word, OpenDocument, PowerPoint, mail,
  table, web and text files every word that the file's XML, or Python's own mail and text readers, give must stand on the bound
  pages; of calendars titles and places. Old Office files, Outlook messages and zip archives have no other reader here. Order is not compared.
  “Letters” counts pages where readers split the same letters into words differently. “Picture” counts pages that could
  not be copied exactly, so that a picture of the page is bound, with a finding that says so. “Beyond the
  edge” counts pages drawn a little smaller, where poppler also finds words that the original cuts off at its edge (they
  stay cut off to the eye). Words that the other reader could not decode are left out.
- A picture has no text; its pages must show none but ours. What poppler takes out of each page is compared with what ImageMagick
  (for HEIC libheif's own program) makes of the original, in the colours of 48 × 48 fields; “different” counts those that are not alike.
"""


def report(results: list[Outcome], faults: list[str], day: str) -> str:
    """The whole document; `faults` are what `verify` said against the bundle."""
    parts = [
        HEAD.format(day=day),
        _totals(results),
        _verified(faults),
        _table(results),
        _programs(results),
        _held(results),
        _different(results),
    ]
    return "\n".join(part for part in parts if part)


def _totals(results: list[Outcome]) -> str:
    kinds = Counter(result.outcome for result in results)
    pages = _agreements(results)
    said = {program for result in results if (program := _program(result))}
    lines = [
        f"**{len(results)} files from {len({r.sample.project for r in results})} source packages, which name {len(said)} "
        f"programs that made them: {kinds['bound']} bound, {kinds['held']} held with a reason, {kinds['sheet']} as a sheet, "
        f"{kinds['LOST']} lost.**",
        "",
        f"Of {sum(pages.values())} bound pages compared, {pages[Agreement.SAME]} have the same words, "
        f"{pages[Agreement.LETTERS]} the same letters, {pages[Agreement.PICTURE]} are bound as a picture and the bundle "
        f"says so, {pages[Agreement.OUTSIDE]} also give words that lie beyond the edge of the page, "
        f"{pages[Agreement.DIFFERENT]} differ.",
        "",
    ]
    return "\n".join(lines)


def _verified(faults: list[str]) -> str:
    if not faults:
        return "Verification of this bundle passed.\n"
    return (
        "Verification of this bundle did not pass:\n\n"
        + "\n".join(f"- {_cell(fault)}" for fault in faults)
        + "\n"
    )


def _agreements(results: Iterable[Outcome]) -> Counter[Agreement]:
    return Counter(compared.agreement for result in results for compared in result.compared.values())


def _table(results: list[Outcome]) -> str:
    groups: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for result in results:
        groups[result.sample.project, result.sample.kind].append(result)
    lines = [
        "| source package | kind | files | bound | held | sheet | pages compared | same words | same letters | picture | beyond the edge | different |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for (project, kind), group in sorted(groups.items()):
        kinds = Counter(result.outcome for result in group)
        pages = _agreements(group)
        numbers = [len(group), *(kinds[name] for name in ("bound", "held", "sheet")), pages.total()]
        cells = [project, kind, *map(str, [*numbers, *(pages[agreement] for agreement in Agreement)])]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _program(result: Outcome) -> str:
    return made_by(result.sample.kind, result.sample.data)


def _programs(results: list[Outcome]) -> str:
    programs = Counter(program for result in results if (program := _program(result)))
    listed = "; ".join(f"{_cell(program)} ({count})" for program, count in programs.most_common())
    return f"## Programs that made them, as the files say\n\n{listed}.\n"


def _held(results: list[Outcome]) -> str:
    lines = ["## Held, as a sheet, or lost", "", "| file | outcome | reason |", "|---|---|---|"]
    for result in results:
        if result.outcome != "bound":
            reason = "; ".join(result.reasons or result.notes) or "no reason given"
            lines.append(f"| {_name(result)} | {result.outcome} | {_cell(reason)} |")
    return "\n".join([*lines, ""])


def _different(results: list[Outcome]) -> str:
    lines = [
        "## Where the texts differ, or could not be compared",
        "",
        "| file | bundle pages | what |",
        "|---|---|---|",
    ]
    for result in results:
        pages: dict[str, list[int]] = defaultdict(list)
        for number, compared in result.compared.items():
            if compared.agreement is Agreement.DIFFERENT:
                pages[f"missing: {_some(compared.missing)}; added: {_some(compared.added)}"].append(number)
        if result.outcome == "bound" and result.reasons:
            pages["; ".join(result.reasons)].append(result.first_page)
        if result.uncompared:
            pages[f"the other reader: {result.uncompared}"].append(result.first_page)
        lines += [
            f"| {_name(result)} | {', '.join(map(str, numbers))} | {_cell(what)} |"
            for what, numbers in pages.items()
        ]
    return "\n".join([*lines, ""])


def _some(listed: tuple[str, ...]) -> str:
    if not listed:
        return "nothing"
    shown = " ".join(listed[:12])
    return shown if len(listed) <= 12 else f"{shown} … ({len(listed)} words)"


def _name(result: Outcome) -> str:
    return _cell(f"{result.sample.project}/{result.sample.name}")


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
