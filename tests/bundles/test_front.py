"""Cover and index: what they say, where rows lie, and that their page count agrees with the numbers they tell."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from datetime import date

import pikepdf
import pytest

from bundles.front import FrontFailed, draw_front
from bundles.model import PageRange, TabKind
from bundles.plan import index_rows, lay_out, plan_bundle
from templates.render import BUILT_IN

CJK = "学校からの手紙"


def text_of(path, first, last=None, *options):
    command = ["pdftotext", *options, "-f", str(first), "-l", str(last or first), path, "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def many(make_derived, make_item):
    """As many items as wanted, all with the same derived file of two pages."""
    derived = make_derived("one", 2)

    def make(count, **changed):
        return [
            make_item(derived, **{"title": f"Document {number}", **changed}) for number in range(1, count + 1)
        ]

    return make


def test_cover_and_index_say_what_the_bundle_is(tmp_path, make_view, court, many):
    items = [*many(2, section="C", exhibit="", dated=None), *many(2)]
    drawn = draw_front(make_view(), court, items, tmp_path / "front.pdf")
    assert (drawn.facts.cover_pages, drawn.facts.index_pages) == (PageRange(1, 1), PageRange(2, 2))
    cover = " ".join(text_of(drawn.path, 1).split())
    for words in (
        "Anytown Council",
        "In the Anytown Magistrates’ Court",
        "Prosecution bundle Version 1",
        "Case reference 2026-0042",
        "Defendant Pat Example",
        "Children Zoë Example Sam Example",
        "section 444(1A)",
        "5 January 2026 to 13 February 2026",
        "First hearing, 18 June 2026, 10am",
        "10, cover and index included",
        "22 March 2026",
    ):
        assert words in cover
    assert "DRAFT" not in cover
    index = " ".join(text_of(drawn.path, 2, None, "-layout").split())
    assert "C Witness statements 3–6" in index
    assert "C2 Document 2 5–6" in index
    assert "D Exhibits 7–10" in index
    assert "D2 Document 2 19 January 2026 AB/1 9–10" in index
    assert "Chain 20:9f3a5e1b7c2d4f60" in index
    assert sorted(path.name for path in tmp_path.iterdir()) == ["front.pdf", "one.derived.pdf"]


def test_a_draft_and_what_stands_in_for_pages_are_named(tmp_path, make_view, court, many):
    items = [*many(1, kind=TabKind.SHEET), *many(1, kind=TabKind.PLACEHOLDER)]
    view = make_view(draft=True, checkpoint="", hearing=None, offences=())
    drawn = draw_front(view, court, items, tmp_path / "front.pdf")
    assert "DRAFT – not for service" in text_of(drawn.path, 1)
    index = text_of(drawn.path, 2)
    assert "Sheet in place of the file" in index
    assert "Placeholder: the pages are not here" in index
    assert "No checkpoint of the evidence chain" in index


@pytest.mark.parametrize("count", [1, 24, 60])
def test_each_row_is_where_its_words_are(tmp_path, make_view, make_facts, court, many, count):
    items = many(count)
    drawn = draw_front(make_view(), court, items, tmp_path / "front.pdf")
    plan = plan_bundle(make_facts(), court, items, drawn.facts)
    rows = index_rows(plan.sections)
    assert [link.row for link in drawn.facts.rows] == list(range(len(rows)))
    for link, row in list(zip(drawn.facts.rows, rows, strict=True))[:: max(1, count // 8)]:
        box = [
            "-x", str(int(link.left_pt)), "-y", str(int(842 - link.top_pt)),
            "-W", str(round(link.right_pt - link.left_pt) + 2), "-H", str(round(link.top_pt - link.bottom_pt)),
        ]  # fmt: skip
        words = text_of(drawn.path, link.on_page, None, "-layout", *box).split()
        label = row.section.letter if row.tab is None else row.tab.label
        pages = row.section.pages if row.tab is None else row.tab.pages
        assert (words[0], words[-1]) == (label, str(pages))


@pytest.mark.parametrize("count", [20, 24, 25, 26, 27, 28, 60])
def test_the_numbers_agree_with_the_pages_that_the_index_takes(tmp_path, make_view, court, many, count):
    items = many(count)
    drawn = draw_front(make_view(), court, items, tmp_path / "front.pdf")
    with pikepdf.open(drawn.path) as pdf:
        assert len(pdf.pages) == drawn.facts.pages
    tabs = lay_out(items, court.section_titles, drawn.facts.pages)[0].tabs
    index = text_of(drawn.path, drawn.facts.index_pages.first, drawn.facts.index_pages.last, "-layout")
    told = re.findall(r"^D(\d+) .* (\d+–\d+)$", index, re.MULTILINE)
    assert told == [(tab.label[1:], str(tab.pages)) for tab in tabs]
    heads = [page for page in index.split("\f") if re.search(r"Tab +Document +Date +Exhibit +Pages", page)]
    assert len(heads) == drawn.facts.index_pages.count


@pytest.mark.parametrize(
    "title",
    [
        "A & B <b>bold</b> {{ 7 * 7 }} {% raw %}",
        "Zażółć gęślą jaźń – “Łódź”",
        CJK,
        "word " * 60,
        "x" * 300,
        "=SUM(A1)",
    ],
)
def test_titles_are_exact(tmp_path, make_view, court, many, title):
    drawn = draw_front(make_view(), court, many(1, title=title.strip()), tmp_path / "front.pdf")
    index = text_of(drawn.path, 2)
    assert re.sub(r"\s", "", title) in re.sub(r"\s", "", index)


def test_a_character_that_no_font_has_is_named(tmp_path, make_view, court, many):
    drawn = draw_front(make_view(), court, many(1, title="Letter \u0378"), tmp_path / "front.pdf")
    assert [finding.code for finding in drawn.findings] == ["front-character-not-shown"]
    assert "\u0378" in drawn.findings[0].message


def test_a_long_cover_takes_two_pages_and_the_numbers_follow(tmp_path, make_view, court, many):
    view = make_view()
    view = replace(view, offences=view.offences * 12)
    drawn = draw_front(view, court, many(1), tmp_path / "front.pdf")
    assert (drawn.facts.cover_pages, drawn.facts.index_pages) == (PageRange(1, 2), PageRange(3, 3))
    assert "4–5" in text_of(drawn.path, 3)


def test_the_same_words_give_the_same_bytes(tmp_path, make_view, court, many):
    first = draw_front(make_view(), court, many(3), tmp_path / "a.pdf")
    second = draw_front(make_view(), court, many(3), tmp_path / "b.pdf")
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.facts == second.facts


def _override(folder, change):
    """The authority's own index template, made from the built-in one."""
    (folder / "pages").mkdir(parents=True)
    text = (BUILT_IN / "pages" / "bundle_index.html.j2").read_text(encoding="utf-8")
    (folder / "pages" / "bundle_index.html.j2").write_text(change(text), encoding="utf-8")
    return [folder]


def test_an_authoritys_own_template_goes_first(tmp_path, make_view, court, many):
    folders = _override(
        tmp_path / "own", lambda text: text.replace("<h1>Index</h1>", "<h1>List of documents</h1>")
    )
    drawn = draw_front(make_view(), court, many(1), tmp_path / "front.pdf", templates=folders)
    assert "List of documents" in text_of(drawn.path, 2)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda text: text.replace("row:{{", "raw:{{"), "no row"),
        (
            lambda text: text.replace("margin: 20mm 18mm 26mm 18mm", "margin: 0; background: #888"),
            "page number",
        ),
        (
            lambda text: text.replace(
                "</body>",
                "{% if rows[0].pages[0] == '3' %}<h1 style='break-before: page'>More</h1>{% endif %}</body>",
            ),
            "drawings",
        ),
    ],
)
def test_a_template_that_cannot_be_used_is_refused(tmp_path, make_view, court, many, change, problem):
    folders = _override(tmp_path / "own", change)
    with pytest.raises(FrontFailed, match=problem) as refused:
        draw_front(
            make_view(), court, many(1, dated=date(2026, 1, 1)), tmp_path / "front.pdf", templates=folders
        )
    assert refused.value.remedy
    assert not (tmp_path / "front.draft.pdf").exists()
