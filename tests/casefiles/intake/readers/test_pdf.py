"""What a PDF carries, what is reported of it, and what holds it; made with pikepdf and reportlab."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String
from reportlab.pdfgen import canvas

from casefiles.findings import Severity
from casefiles.intake.facts import FileFacts, read_facts
from casefiles.intake.kinds import Kind, KindOf
from casefiles.intake.limits import FactsLimits

PDF = KindOf(Kind.PDF, "application/pdf", "PDF")
Change = Callable[[pikepdf.Pdf], None]


def drawn(*lines: str) -> bytes:
    out = io.BytesIO()
    paper = canvas.Canvas(out)
    for line in lines or ("Attendance 61 %", "Second page"):
        paper.drawString(72, 700, line)
        paper.showPage()
    paper.save()
    return out.getvalue()


def facts_of(folder: Path, change: Change, *, limits: FactsLimits | None = None, **save: object) -> FileFacts:
    path = folder / "x.pdf"
    with pikepdf.open(io.BytesIO(drawn())) as pdf:
        change(pdf)
        pdf.save(path, **save)  # type: ignore[arg-type]
    return read_facts(path, PDF, folder, limits or FactsLimits(), subject="Letter.pdf")


def annotate(pdf: pikepdf.Pdf, **entries: object) -> None:
    one = Dictionary(Type=Name.Annot, Rect=[10, 10, 50, 50], **entries)
    pdf.pages[0].obj.Annots = Array([*pdf.pages[0].obj.get("/Annots", []), pdf.make_indirect(one)])


def script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Names = Dictionary(
        JavaScript=Dictionary(
            Names=Array([String("a"), Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))])
        )
    )


def script_on_page(pdf: pikepdf.Pdf) -> None:
    pdf.pages[1].obj.AA = Dictionary(O=Dictionary(S=Name.JavaScript, JS=String("1")))


def script_in_field(pdf: pikepdf.Pdf) -> None:
    field = Dictionary(
        FT=Name.Tx, T=String("a"), AA=Dictionary(K=Dictionary(S=Name.JavaScript, JS=String("1")))
    )
    pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(field)]))


def script_behind_a_link(pdf: pikepdf.Pdf) -> None:
    after = Dictionary(S=Name.JavaScript, JS=String("1"))
    annotate(
        pdf, Subtype=Name.Link, A=Dictionary(S=Name.GoTo, D=Array([pdf.pages[0].obj, Name.Fit]), Next=after)
    )


def layers(pdf: pikepdf.Pdf) -> None:
    seen, hidden = (pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String(n))) for n in ("Plan", "Notes"))
    pdf.Root.OCProperties = Dictionary(OCGs=Array([seen, hidden]), D=Dictionary(OFF=Array([hidden])))


def signature(pdf: pikepdf.Pdf) -> None:
    field = Dictionary(FT=Name.Sig, T=String("s"), V=Dictionary(Type=Name.Sig))
    pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(field)]), SigFlags=3)


def opening(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = Array([pdf.pages[0].obj, Name.Fit])


def xfa(pdf: pikepdf.Pdf) -> None:
    field = pdf.make_indirect(Dictionary(FT=Name.Tx, T=String("a")))
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]), XFA=pdf.make_stream(b"<xdp/>"))


def link(action: str, **entries: object) -> Change:
    return lambda pdf: annotate(pdf, Subtype=Name.Link, A=Dictionary(S=Name("/" + action), **entries))


def annotation(subtype: str, **entries: object) -> Change:
    return lambda pdf: annotate(pdf, Subtype=Name("/" + subtype), **entries)


FEATURES: list[tuple[Change, str, Severity]] = [
    (script, "pdf-javascript", Severity.WARNING),
    (script_on_page, "pdf-javascript", Severity.WARNING),
    (script_in_field, "pdf-javascript", Severity.WARNING),
    (script_behind_a_link, "pdf-javascript", Severity.WARNING),
    (link("Launch", F=String("cmd.exe")), "pdf-launch", Severity.WARNING),
    (link("SubmitForm", F=String("http://x")), "pdf-sends", Severity.WARNING),
    (link("URI", URI=String("http://x")), "pdf-web-links", Severity.NOTE),
    (link("GoToR", F=String("b.pdf")), "pdf-file-links", Severity.NOTE),
    (opening, "pdf-open-action", Severity.NOTE),
    (annotation("Text", Contents=String("Is this right?")), "pdf-comments", Severity.NOTE),
    (annotation("Movie"), "pdf-media", Severity.WARNING),
    (annotation("Redact"), "pdf-redaction-unapplied", Severity.WARNING),
    (layers, "pdf-layers-off", Severity.WARNING),
    (signature, "pdf-signed", Severity.NOTE),
    (xfa, "pdf-xfa", Severity.WARNING),
    (
        lambda pdf: setattr(pdf.Root, "Collection", Dictionary(Type=Name.Collection)),
        "pdf-portfolio",
        Severity.WARNING,
    ),
]


@pytest.mark.parametrize(("change", "code", "severity"), FEATURES)
def test_what_a_pdf_carries_is_reported_and_does_not_hold_it(
    tmp_path: Path, change: Change, code: str, severity: Severity
) -> None:
    facts = facts_of(tmp_path, change)
    assert (facts.state, facts.pages) == ("readable", 2)
    assert [(one.code, one.severity, one.subject) for one in facts.findings] == [
        (code, severity, "Letter.pdf")
    ]


def test_a_plain_file_has_text_and_no_findings(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, lambda pdf: None)
    assert facts.findings == ()
    assert facts.text.split("\n") == ["Attendance 61 %", "Second page"]


def test_layer_names_are_given(tmp_path: Path) -> None:
    message = facts_of(tmp_path, layers).findings[0].message
    assert "“Notes”" in message
    assert "Plan" not in message


def test_layers_that_are_off_by_default(tmp_path: Path) -> None:
    def base_off(pdf: pikepdf.Pdf) -> None:
        layers(pdf)
        pdf.Root.OCProperties.D = Dictionary(BaseState=Name.OFF, ON=Array([pdf.Root.OCProperties.OCGs[1]]))

    message = facts_of(tmp_path, base_off).findings[0].message
    assert "“Plan”" in message
    assert "Notes" not in message


@pytest.mark.parametrize("marker", ["NeedsRendering", "please wait"])
def test_a_form_that_only_adobe_draws_is_held(tmp_path: Path, marker: str) -> None:
    path = tmp_path / "x.pdf"
    with pikepdf.open(io.BytesIO(drawn("Please wait..."))) as pdf:
        pdf.Root.AcroForm = Dictionary(Fields=Array([]), XFA=pdf.make_stream(b"<xdp/>"))
        if marker == "NeedsRendering":
            pdf.Root.NeedsRendering = True
        pdf.save(path)
    facts = read_facts(path, PDF, tmp_path)
    assert (facts.state, facts.findings[0].code) == ("held", "pdf-dynamic-form")


def test_a_password_holds_the_file_and_says_what_to_do(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, lambda pdf: None, encryption=pikepdf.Encryption(owner="o", user="geheim"))
    assert (facts.state, facts.findings[0].code) == ("held", "pdf-needs-password")
    assert "casebinder decide CASE --unlock FILE" in facts.findings[0].remedy


def test_an_owner_password_only_is_a_note(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, lambda pdf: None, encryption=pikepdf.Encryption(owner="o", user=""))
    assert (facts.state, facts.pages) == ("readable", 2)
    assert [one.code for one in facts.findings] == ["pdf-restricted"]
    assert "Attendance 61 %" in facts.text


def test_the_text_is_capped(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, lambda pdf: None, limits=replace(FactsLimits(), text_characters=10))
    assert facts.text == "Attendance"
    assert facts.pages == 2


def test_the_page_limit_is_named(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, lambda pdf: None, limits=replace(FactsLimits(), pages=1))
    assert (facts.state, facts.findings[0].code) == ("held", "pdf-too-large")


def test_rubbish_that_begins_like_a_pdf(tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 20)
    facts = read_facts(path, PDF, tmp_path)
    assert (facts.state, facts.findings[0].code) == ("held", "pdf-damaged")
    assert list(tmp_path.iterdir()) == [path], "nothing is left in the scratch folder"


def test_reading_the_same_file_twice_gives_the_same_facts(tmp_path: Path) -> None:
    assert facts_of(tmp_path, layers) == read_facts(tmp_path / "x.pdf", PDF, tmp_path, subject="Letter.pdf")


def test_a_file_locked_with_a_certificate(tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    lock = b"/Encrypt << /Filter /Adobe.PubSec /SubFilter /adbe.pkcs7.s5 /V 4 >> /Root"
    path.write_bytes(drawn().replace(b"/Root", lock, 1))
    facts = read_facts(path, PDF, tmp_path)
    assert (facts.state, facts.findings[0].code) == ("held", "pdf-needs-key")


def test_a_file_without_pages(tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    with pikepdf.new() as pdf:
        pdf.save(path)
    facts = read_facts(path, PDF, tmp_path)
    assert (facts.state, facts.findings[0].message) == ("held", "Held: no page can be read: it has none")
