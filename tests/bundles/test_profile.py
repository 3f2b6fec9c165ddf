"""Profiles are found by listing, read strictly, and give a name that a file system takes."""

from __future__ import annotations

from datetime import date

import pytest

from bundles.profile import BUILT_IN, load_profile, profile_names
from casefiles.errors import FileInvalid, UsageError

BUILT_IN_TEXT = (BUILT_IN / "judiciary-2021.toml").read_text(encoding="utf-8")
DIVISION = 'file = "{name} volume {volume} of {volumes}"'
MAX_MB, STEPS, LEAST = "max_mb = 36 ", "picture_dpi = [200, 150]", "least_dpi = 150"


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
        ('section = "{letter} {title} p {page}"', 'section = "{letter} {title} p {page:99}"'),
        (DIVISION, 'file = "{name} volume"'),
        (DIVISION, 'file = "volume {volume}"'),
        (DIVISION, 'file = "{name} {volume} {court}"'),
        (DIVISION, 'file = "{name:d} {volume}"'),
        (DIVISION, 'file = "{name!r} {volume}"'),
        (DIVISION, 'file = "{name} {volume"'),
        (DIVISION, f'file = "{{name}} {{volume}} {"long " * 20}"'),
        (DIVISION, "file = 3"),
        (DIVISION, f"{DIVISION}\nfiles = 2"),
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


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (MAX_MB, "max_mb = -1", "max_mb"),
        (MAX_MB, "max_mb = 0.5", "1 at least"),
        (MAX_MB, "max_mb = nan", "max_mb"),
        (MAX_MB, "max_mb = inf", "max_mb"),
        (MAX_MB, 'max_mb = "36 MB"', "max_mb"),
        (MAX_MB, "max_mb = true", "max_mb"),
        (MAX_MB, "max_mb = 100_001", "max_mb"),
        (MAX_MB, "", "max_mb"),
        (STEPS, "picture_dpi = [150, 200]", "from fine to coarse"),
        (STEPS, "picture_dpi = [200, 200]", "from fine to coarse"),
        (STEPS, "picture_dpi = [200, 149]", "from least_dpi"),
        (STEPS, "picture_dpi = [1201]", "to 1200"),
        (STEPS, "picture_dpi = [200.5]", "a whole number"),
        (STEPS, "picture_dpi = 200", "picture_dpi"),
        (LEAST, "least_dpi = 149", "least_dpi"),
        (LEAST, "least_dpi = 1201", "least_dpi"),
        (LEAST, "least_dpi = 180", "from least_dpi, 180"),
        (LEAST, "least_dpi = 150\nmax_gb = 1", "max_gb"),
    ],
)
def test_a_broken_rule_of_sizes_is_named(tmp_path, old, new, said):
    assert BUILT_IN_TEXT.count(old) == 1
    (tmp_path / "judiciary-2021.toml").write_text(BUILT_IN_TEXT.replace(old, new), encoding="utf-8")
    with pytest.raises(FileInvalid) as refused:
        load_profile("judiciary-2021", [tmp_path])
    assert said in str(refused.value)
    assert abs(refused.value.line - (BUILT_IN_TEXT[: BUILT_IN_TEXT.index("[size]")].count("\n") + 1)) <= 6


@pytest.mark.parametrize(
    ("old", "new", "limit", "steps"),
    [
        (MAX_MB, "max_mb = 0", 0, (200, 150)),
        (MAX_MB, "max_mb = 1", 1_000_000, (200, 150)),
        (MAX_MB, "max_mb = 25.5", 25_500_000, (200, 150)),
        (STEPS, "picture_dpi = []", 36_000_000, ()),
        (STEPS, "picture_dpi = [1200, 150]", 36_000_000, (1200, 150)),
    ],
)
def test_a_rule_of_sizes_at_its_edge_is_taken(tmp_path, old, new, limit, steps):
    (tmp_path / "judiciary-2021.toml").write_text(BUILT_IN_TEXT.replace(old, new), encoding="utf-8")
    size = load_profile("judiciary-2021", [tmp_path]).size
    assert (size.max_bytes, size.picture_dpi) == (limit, steps)


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


@pytest.mark.parametrize("name", ["Ł" * 88, "x" * 176 + ".pdf", "Bundle", "a/b:c"])
def test_the_file_of_each_volume_has_a_name_of_its_own_that_is_short_enough(court, name):
    names = [court.volume_file_name(name, volume, 12) for volume in range(1, 13)]
    assert len(set(names)) == 12
    for number, called in enumerate(names, start=1):
        assert called.endswith(f" volume {number} of 12.pdf")
        assert len(called.encode()) <= 180
        assert not set(called) & set('<>:"/\\|?*')
    assert court.volume_file_name("Bundle", 2, 3) == "Bundle volume 2 of 3.pdf"
