"""Profiles are found by listing, read strictly, and give a name that a file system takes."""

from __future__ import annotations

from datetime import date

import pytest

from bundles.profile import BUILT_IN, load_profile, profile_names
from casefiles.errors import FileInvalid, UsageError

BUILT_IN_TEXT = (BUILT_IN / "judiciary-2021.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(BUILT_IN.glob("*.toml")), ids=lambda path: path.stem)
def test_every_built_in_profile_is_sound_and_names_its_sources(path):
    profile = load_profile(path.stem)
    for name in type(profile).model_fields:
        rule = getattr(profile, name)
        if hasattr(rule, "rule"):
            assert rule.rule.endswith(".")
            assert rule.source
    place = profile.stamp
    assert place.on_page(595).x_pt + place.width_pt < 595
    assert "12" in profile.bookmarks.tab.format(tab="D2", title="Letter", page=12)


def test_the_guidance_of_2021(court):
    assert (court.view.zoom, court.images.max_dpi, court.numbering.first) == (1.0, 300, 1)
    assert court.section_titles["D"] == "Exhibits"
    assert court.bookmarks.tab_dated == "{tab} {title} ({date}) p {page}"


def test_an_unknown_profile_names_those_there_are():
    with pytest.raises(UsageError) as refused:
        load_profile("../profiles/judiciary-2021")
    assert "judiciary-2021" in refused.value.remedy


def test_a_new_court_is_a_new_file(tmp_path):
    text = BUILT_IN_TEXT.replace('name = "judiciary-2021"', 'name = "anytown"').replace(
        "zoom = 1.0", "zoom = 1.25"
    )
    (tmp_path / "anytown.toml").write_text(text, encoding="utf-8")
    assert profile_names([tmp_path]) == ("anytown", "judiciary-2021")
    assert load_profile("anytown", [tmp_path]).view.zoom == 1.25


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("zoom = 1.0", 'zoom = "wide"'),
        ("zoom = 1.0", "zoom = 1.0\nzooom = 1"),
        ('mode = "continuous"', 'mode = "roman"'),
        ('section = "{letter} {title} p {page}"', 'section = "{letter} {title}"'),
        ('section = "{letter} {title} p {page}"', 'section = "{letter.__class__} p {page}"'),
        ("hyperlinked = true", "hyperlinked = false"),
        ('name = "judiciary-2021"', 'name = "another"'),
    ],
)
def test_a_broken_profile_names_its_line(tmp_path, old, new):
    assert old in BUILT_IN_TEXT
    (tmp_path / "judiciary-2021.toml").write_text(BUILT_IN_TEXT.replace(old, new), encoding="utf-8")
    with pytest.raises(FileInvalid) as refused:
        load_profile("judiciary-2021", [tmp_path])
    wanted = BUILT_IN_TEXT[: BUILT_IN_TEXT.index(old)].count("\n") + 1
    assert abs(refused.value.line - wanted) <= 1
    assert refused.value.remedy


def test_the_file_name_follows_the_guidance(court):
    name = court.bundle_file_name("Anytown v Example", "Bundle B", date(2026, 4, 1))
    assert name == "Anytown v Example Bundle B 01-04-26.pdf"
    assert court.bundle_file_name("Anytown v Example", "Bundle B", None) == "Anytown v Example Bundle B.pdf"


@pytest.mark.parametrize("title", ['a/b\\c:d*e?"f<g>h|i', "tab\tnew\nline", "right\u202eleft", "Ł" * 400])
def test_the_file_name_is_safe_everywhere(court, title):
    name = court.bundle_file_name("X", title, date(2026, 4, 1))
    assert name.endswith(".pdf")
    assert len(name.encode()) <= 180
    assert not set(name) & set('<>:"/\\|?*\t\n\u202e')
