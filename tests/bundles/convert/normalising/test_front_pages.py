"""The rows of an index drawn with WeasyPrint are found again where they are drawn."""

from __future__ import annotations

import pytest

from bundles.convert.base import HeldError
from bundles.convert.normalising.front_pages import normalise_front

CSS = "@page { size: A4; margin: 20mm 20mm 25mm } a { display: block; height: 30pt; color: black }"


def draw(path, body):
    import weasyprint

    weasyprint.HTML(string=f"<style>{CSS}</style>{body}").write_pdf(path)
    return path


def test_each_row_lies_where_it_is_said_to_lie(tmp_path, stamp, seen, everything):
    rows = "".join(f"<a href='row:{n}'>Row number {n}</a>" for n in range(1, 41))
    source = draw(tmp_path / "index.pdf", rows)
    drawn, links = normalise_front(source, tmp_path / "front.pdf", stamp)
    assert len(drawn.pages) == 2
    assert not drawn.findings
    assert [link.uri for link in links] == [f"row:{n}" for n in range(1, 41)]
    assert {link.page for link in links} == {1, 2}
    for link in (links[0], links[20], links[39]):
        box = (int(link.left_pt), int(link.bottom_pt), int(link.right_pt), int(link.top_pt))
        assert seen(tmp_path / "front.pdf").dark(box, link.page - 1)
        assert link.top_pt - link.bottom_pt == pytest.approx(30, abs=0.1)
    assert b"row:" not in everything(tmp_path / "front.pdf")


def test_ink_under_the_number_is_refused(tmp_path, stamp):
    source = draw(
        tmp_path / "bad.pdf", "<style>@page { margin: 0 } body { height: 297mm; background: black }</style>"
    )
    with pytest.raises(HeldError) as held:
        normalise_front(source, tmp_path / "front.pdf", stamp)
    assert held.value.findings[0].code == "front-number-covered"
