"""A bundle over the court's megabytes: made smaller by stated steps, then divided; drafted, issued, verified."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from pypdf import PdfReader

from bundles.profile import BUILT_IN
from casefiles.hashing import sha256_file
from cli.main import run
from tests.cli.share import REFERENCE


def limit(share, megabytes: float) -> None:
    """The authority's own copy of the court's rules, with another limit."""
    text = (BUILT_IN / "judiciary-2021.toml").read_text(encoding="utf-8")
    own = share.root / "profiles" / "judiciary-2021.toml"
    own.parent.mkdir(exist_ok=True)
    own.write_text(text.replace("max_mb = 36 ", f"max_mb = {megabytes} "), encoding="utf-8")


@pytest.fixture
def heavy(share):
    """The case with four photographs that are too fine for a small file."""
    for number in range(4):
        photo = Image.effect_noise((2700, 1800), 12 + number).convert("RGB")
        ImageDraw.Draw(photo).text((100, 100), f"Photo {number}", fill="red", font_size=90)
        photo.save(share.evidence / f"IMG_{number}.jpg", quality=88, dpi=(300, 300))
    share.run("scan", REFERENCE)
    return share


def bundle(share, capsys, *more):
    capsys.readouterr()
    assert run(["--workspace", str(share.root), "bundle", REFERENCE, "--json", *more]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_bundle_that_is_small_enough_is_as_it_was(heavy, capsys):
    made = bundle(heavy, capsys)
    limit(heavy, 0)
    without = bundle(heavy, capsys)
    assert made["sha256"] == without["sha256"]
    assert made["made_smaller"] == []
    assert [(row["path"], row["first_page"], row["last_page"]) for row in made["volumes"]] == [
        (made["path"], 1, made["pages"])
    ]


def test_pictures_are_reduced_before_anything_is_divided(heavy, capsys):
    whole = bundle(heavy, capsys)["volumes"][0]["size"]
    limit(heavy, round(whole * 0.8 / 1e6, 2))
    made = bundle(heavy, capsys)
    assert len(made["volumes"]) == 1
    assert [step["what"] for step in made["made_smaller"]] == ["pictures to 200 dots an inch"]
    assert made["made_smaller"][0]["after"] == made["volumes"][0]["size"] < whole * 0.8
    assert run(["--workspace", str(heavy.root), "verify", made["path"]]) == 0


def test_what_is_still_too_large_is_divided_and_every_volume_verifies(heavy, capsys):
    bundle(heavy, capsys)
    single = next(heavy.case.glob("drafts/*.pdf"))
    limit(heavy, 1)
    made = bundle(heavy, capsys)
    volumes = made["volumes"]
    assert len(volumes) > 1
    assert made["path"] == volumes[0]["path"]
    assert not single.exists()
    page = 0
    for row in volumes:
        path = Path(row["path"])
        assert row["first_page"] == page + 1
        page = row["last_page"]
        reader = PdfReader(path)
        assert len(reader.pages) == row["last_page"] - row["first_page"] + 1
        assert reader.page_labels[0] == str(row["first_page"])
        assert row["size"] <= 1_000_000
        assert run(["--workspace", str(heavy.root), "verify", str(path)]) == 0
        for link in _outside(reader):
            there = path.with_name(str(link["/F"]["/UF"]))
            assert 0 <= link["/D"][0] < len(PdfReader(there).pages)
    assert page == made["pages"]


def test_all_volumes_are_issued_as_one_and_a_changed_byte_is_found(heavy, capsys):
    limit(heavy, 1)
    bundle(heavy, capsys)
    file = heavy.case / "bundles" / "bundle.toml"
    file.write_text(file.read_text().replace('"undecided"', '"serve"'))
    made = bundle(heavy, capsys, "--issue")
    paths = [Path(row["path"]) for row in made["volumes"]]
    assert len({path.parent for path in paths}) == 1
    assert [sha256_file(path) for path in paths] == [row["sha256"] for row in made["volumes"]]
    assert run(["--workspace", str(heavy.root), "verify", REFERENCE]) == 0
    second = paths[1]
    data = bytearray(second.read_bytes())
    data[len(data) // 2] ^= 1
    second.chmod(0o644)
    second.write_bytes(data)
    capsys.readouterr()
    assert run(["--workspace", str(heavy.root), "verify", str(second)]) == 4
    assert run(["--workspace", str(heavy.root), "verify", REFERENCE]) == 4
    assert "volume 2 of" in capsys.readouterr().err
    second.unlink()
    assert run(["--workspace", str(heavy.root), "verify", REFERENCE]) == 4


def _outside(reader):
    for page in reader.pages:
        for note in page.get("/Annots", []):
            action = note.get_object().get("/A")
            if action is not None:
                assert action["/S"] == "/GoToR"
                yield action
