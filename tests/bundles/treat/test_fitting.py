"""A choice that a kind of file does not have is an error that says what to take out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from reportlab.pdfgen import canvas

from bundles.convert.base import HeldError
from bundles.treat.fitting import apply
from bundles.treatment import NOTHING, Treatment
from casefiles.intake.kinds import Kind


@pytest.mark.parametrize(
    ("treatment", "names", "kind", "key"),
    [
        (Treatment(sheets=(1,)), (), Kind.PDF, "slides"),
        (Treatment(notes=True), (), Kind.XLSX, "notes"),
        (NOTHING, ("Summary",), Kind.PPTX, "sheets"),
        (NOTHING, ("Summary",), Kind.TABLE, "sheets"),
    ],
)
def test_a_choice_of_what_there_cannot_be(
    tmp_path: Path,
    prepared: Callable[..., tuple],
    treatment: Treatment,
    names: tuple[str, ...],
    kind: Kind,
    key: str,
) -> None:
    path = tmp_path / "paper.pdf"
    drawing = canvas.Canvas(str(path))
    drawing.drawString(72, 700, "words")
    drawing.save()
    request, whole = prepared(path, treatment, kind)
    with pytest.raises(HeldError) as caught:
        apply(replace(request, sheet_names=names), whole)
    (finding,) = caught.value.findings
    assert finding.code == "choice-not-for-this-kind"
    assert key in finding.message
    assert f"Take {key} out of its line" in finding.remedy
    fitting = {"slides": Kind.ODP, "notes": Kind.PPT, "sheets": Kind.XLS}[key]
    request, whole = prepared(path, treatment, fitting)
    assert apply(replace(request, sheet_names=names), whole) == whole
