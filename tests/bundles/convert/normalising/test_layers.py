"""Layers that are off stay unseen: not on the page, not in its text, not in the file."""

from __future__ import annotations

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

SECRET = (60, 595, 300, 620)
SHOWN = (60, 695, 300, 720)


def layered(maker, group, **resources):
    """A page with a shown line at 700 and one on a layer at 600."""
    hidden = b"/OC /L BDC " + maker.words("SECRETWORD", y=600) + b"60 590 m 200 590 l S EMC\n"
    page = maker.page(maker.words("visible words") + hidden + maker.words("after it", y=500))
    page.Resources.Properties = Dictionary(L=group)
    for key, value in resources.items():
        page.Resources["/" + key] = value
    return page


def test_a_layer_that_is_off_is_taken_out_of_page_text_and_file(
    maker, tmp_path, derive, seen, everything, codes_of
):
    group = maker.layer("Draft notes")
    maker.pdf.Root.OCProperties.D.OFF.append(group)
    layered(maker, group)
    drawn, path = derive(maker.save(tmp_path / "off.pdf"))
    assert "pdf-hidden-layer" in codes_of(drawn)
    assert "Draft notes" in next(f.message for f in drawn.findings if f.code == "pdf-hidden-layer")
    assert seen(path).text().split() == ["visible", "words", "after", "it"]
    assert seen(path).dark(SHOWN)
    assert not seen(path).dark(SECRET)
    assert b"SECRETWORD" not in everything(path)
    assert b"Draft notes" not in everything(path)


def test_a_layer_that_is_on_stays(maker, tmp_path, derive, seen, codes_of):
    layered(maker, maker.layer("Shown"))
    drawn, path = derive(maker.save(tmp_path / "on.pdf"))
    assert "SECRETWORD" in seen(path).text()
    assert seen(path).dark(SECRET)
    assert "pdf-hidden-layer" not in codes_of(drawn)


def off_by(maker, how):
    group = maker.layer("L")
    other = maker.layer("M")
    configuration = maker.pdf.Root.OCProperties.D
    member = group
    if how == "base state":
        configuration.BaseState = Name.OFF
        configuration.ON = Array([other])
    elif how == "usage":
        group.Usage = Dictionary(View=Dictionary(ViewState=Name.OFF))
        configuration.AS = Array(
            [Dictionary(Event=Name.View, OCGs=Array([group]), Category=Array([Name.View]))]
        )
    elif how == "usage for printing only":
        group.Usage = Dictionary(Print=Dictionary(PrintState=Name.OFF))
        configuration.AS = Array(
            [Dictionary(Event=Name.Print, OCGs=Array([group]), Category=Array([Name.Print]))]
        )
    else:
        configuration.OFF = Array([other])
        member = Dictionary(Type=Name.OCMD, OCGs=Array([group, other]))
        if how.startswith("policy "):
            member.P = Name("/" + how.split()[1])
        if how == "and":
            member.VE = Array([Name.And, group, other])
        if how == "or":
            member.VE = Array([Name.Or, group, other])
        if how == "not":
            member.VE = Array([Name.Not, group])
        if how == "nested":
            member.VE = Array([Name.And, group, Array([Name.Not, other])])
        member = maker.pdf.make_indirect(member)
    return member


@pytest.mark.parametrize(
    ("how", "hidden"),
    [
        ("base state", True),
        ("usage", True),
        ("usage for printing only", False),
        ("policy AllOn", True),
        ("policy AnyOn", False),
        ("policy AnyOff", False),
        ("policy AllOff", True),
        ("and", True),
        ("or", False),
        ("not", True),
        ("nested", False),
    ],
)
def test_every_way_of_switching_a_layer(maker, tmp_path, derive, seen, how, hidden):
    layered(maker, off_by(maker, how))
    _, path = derive(maker.save(tmp_path / "way.pdf"))
    assert ("SECRETWORD" not in seen(path).text()) is hidden
    assert seen(path).dark(SECRET) is not hidden
    assert "visible" in seen(path).text()


def test_a_layer_in_a_nested_form_and_a_form_on_a_layer(maker, tmp_path, derive, seen, everything):
    group = maker.layer("L")
    maker.pdf.Root.OCProperties.D.OFF.append(group)
    page = maker.page(maker.words("visible") + b"/In Do /Out Do /OC /L BDC /Im Do EMC")
    inner = maker.form(
        b"/OC /L BDC " + maker.words("SECRETINNER", y=600) + b"EMC " + maker.words("shown inner", y=560),
        [0, 0, 595, 842],
        Resources=Dictionary(Font=Dictionary(F1=maker.font), Properties=Dictionary(L=group)),
    )
    outer = maker.form(maker.words("SECRETOUTER", y=500), [0, 0, 595, 842], OC=group)
    image = maker.pdf.make_stream(
        b"SECRETPIX" * 4,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=6,
        Height=2,
        ColorSpace=Name.DeviceRGB,
        BitsPerComponent=8,
    )
    page.Resources.XObject = Dictionary(In=inner, Out=outer, Im=image)
    page.Resources.Properties = Dictionary(L=group)
    _, path = derive(maker.save(tmp_path / "nested.pdf"))
    assert seen(path).text().split() == ["visible", "shown", "inner"]
    assert b"SECRET" not in everything(path)


def test_state_set_on_a_hidden_layer_still_holds_after_it(maker, tmp_path, derive, seen):
    group = maker.layer("L")
    maker.pdf.Root.OCProperties.D.OFF.append(group)
    page = maker.page(
        b"/OC /L BDC 1 0 0 1 0 -100 cm 0 0 200 842 re W n 0 0 600 900 re f EMC 60 700 400 20 re f "
        + maker.words("moved")
    )
    page.Resources.Properties = Dictionary(L=group)
    drawn, path = derive(maker.save(tmp_path / "state.pdf"))
    assert seen(path).dark((60, 600, 190, 620))
    assert not seen(path).dark((210, 590, 590, 630))
    assert "pdf-page-as-picture" not in {f.code for f in drawn.findings}


def test_a_stamp_on_a_hidden_layer_is_not_painted(maker, tmp_path, derive, seen, everything):
    group = maker.layer("L")
    maker.pdf.Root.OCProperties.D.OFF.append(group)
    page = maker.page(maker.words("visible"))
    look = maker.form(maker.words("SECRETSTAMP", x=5, y=10), [0, 0, 200, 40])
    maker.annotate(
        page, "Stamp", [60, 300, 260, 340], AP=Dictionary(N=look), OC=group, Contents=String("SECRETNOTE")
    )
    drawn, path = derive(maker.save(tmp_path / "stamp.pdf"))
    assert len(drawn.pages) == 1
    assert b"SECRET" not in everything(path)
    assert not seen(path).dark((60, 300, 260, 340))


def test_a_form_shared_by_two_pages_is_cleaned_on_both(maker, tmp_path, derive, everything):
    group = maker.layer("L")
    maker.pdf.Root.OCProperties.D.OFF.append(group)
    shared = maker.form(
        b"/OC /L BDC " + maker.words("SECRETSHARED") + b"EMC " + maker.words("kept", y=400),
        [0, 0, 595, 842],
        Resources=Dictionary(Font=Dictionary(F1=maker.font), Properties=Dictionary(L=group)),
    )
    for _ in range(2):
        page = maker.page(b"/X Do")
        page.Resources.XObject = Dictionary(X=shared)
    _, path = derive(maker.save(tmp_path / "shared.pdf"))
    assert b"SECRET" not in everything(path)


def test_layers_without_a_list_in_the_catalog_hide_nothing(maker, tmp_path, derive, seen):
    layered(maker, maker.pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("orphan"))))
    _, path = derive(maker.save(tmp_path / "orphan.pdf"))
    assert "SECRETWORD" in seen(path).text()


def test_other_marked_content_is_kept_in_balance(maker, tmp_path, derive, seen):
    group = maker.layer("L")
    maker.pdf.Root.OCProperties.D.OFF.append(group)
    page = maker.page(
        b"/P <</MCID 0>> BDC "
        + maker.words("first")
        + b"/OC /L BDC /Span <</MCID 1>> BDC "
        + maker.words("SECRET", y=600)
        + b"EMC EMC "
        + maker.words("second", y=500)
        + b"EMC EMC"
    )
    page.Resources.Properties = Dictionary(L=group)
    _, path = derive(maker.save(tmp_path / "balance.pdf"))
    assert seen(path).text().split() == ["first", "second"]
    with pikepdf.open(path) as pdf:
        content = pdf.pages[0].obj.Resources.XObject.P.read_bytes()
    assert content.count(b"BDC") == content.count(b"EMC") == 1
