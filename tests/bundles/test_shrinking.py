"""The steps that make a bundle smaller: in order, each only while it is too large, each told as it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from bundles.profile import SizeRule
from bundles.shrinking import SizeStep, fitted, megabytes

MB = 1_000_000


@dataclass
class Sizes:
    """Stands for the drawing: what the bundle comes to after each step, and what was asked of it."""

    plain: int
    shared: int
    reduced: dict[int, int]
    volumes_of: tuple[int, ...] = ()
    asked: list[str] = field(default_factory=list)

    def whole(self, items, *, share=False):
        self.asked.append(f"whole {items} {share}")
        size = self.reduced[items] if isinstance(items, int) else self.shared if share else self.plain
        return drawn(size, 1, 1)

    def volumes(self, items, limit_bytes):
        self.asked.append(f"volumes {items} {limit_bytes}")
        count = len(self.volumes_of)
        return tuple(drawn(size, number, count) for number, size in enumerate(self.volumes_of, start=1))


def drawn(size, volume, volumes):
    tab = SimpleNamespace(file="evidence/plan.pdf", pages="7", title="Plan")
    return SimpleNamespace(size_bytes=size, plan=SimpleNamespace(volume=volume, volumes=volumes, tabs=[tab]))


def rule(max_mb, *steps):
    return SizeRule(
        rule="r", source="s", confidence="quoted", max_mb=max_mb, picture_dpi=steps, least_dpi=150
    )


def fit(sizes, max_mb, *steps):
    return fitted(sizes, "items", rule(max_mb, *steps), lambda dpi: dpi)


@pytest.mark.parametrize(("size", "max_mb"), [(5 * MB, 0), (5 * MB, 5), (5 * MB - 1, 5)])
def test_what_fits_is_drawn_once_and_left_alone(size, max_mb):
    sizes = Sizes(size, 0, {})
    fit_ = fit(sizes, max_mb, 200)
    assert (sizes.asked, fit_.steps, fit_.items) == (["whole items False"], (), "items")


def test_a_byte_more_is_too_much_and_the_first_step_is_taken():
    fit_ = fit(Sizes(5 * MB + 1, 5 * MB, {}), 5, 200)
    assert [(step.dpi, step.before_bytes, step.after_bytes) for step in fit_.steps] == [
        (0, 5 * MB + 1, 5 * MB)
    ]


def test_steps_go_on_until_it_fits_and_no_further():
    sizes = Sizes(9 * MB, 8 * MB, {200: 6 * MB, 150: 4 * MB, 149: 1})
    fit_ = fit(sizes, 5, 200, 150)
    assert [step.dpi for step in fit_.steps] == [0, 200, 150]
    sizes_told = [(step.before_bytes, step.after_bytes) for step in fit_.steps]
    assert sizes_told == [(9 * MB, 8 * MB), (8 * MB, 6 * MB), (6 * MB, 4 * MB)]
    assert (fit_.items, len(fit_.pdfs), fit_.findings) == (150, 1, ())
    assert not any("volumes" in asked for asked in sizes.asked)


def test_a_step_that_saved_nothing_is_not_told():
    fit_ = fit(Sizes(9 * MB, 9 * MB, {200: 9 * MB, 150: 4 * MB}), 5, 200, 150)
    assert [step.dpi for step in fit_.steps] == [150]


def test_what_no_step_makes_small_enough_is_divided_with_the_last_items():
    sizes = Sizes(9 * MB, 9 * MB, {200: 8 * MB}, (4 * MB, 4 * MB))
    fit_ = fit(sizes, 5, 200)
    assert sizes.asked[-1] == f"volumes 200 {5 * MB}"
    assert (len(fit_.pdfs), fit_.findings) == (2, ())


def test_without_steps_it_is_divided_at_once():
    sizes = Sizes(9 * MB, 9 * MB, {}, (5 * MB, 4 * MB))
    assert len(fit(sizes, 5).pdfs) == 2
    assert sizes.asked == ["whole items False", "whole items True", f"volumes items {5 * MB}"]


@pytest.mark.parametrize(
    ("volumes", "called"),
    [((6 * MB, 4 * MB), "Volume 1 of 2 has 6.0 MB"), ((6 * MB,), "The bundle has 6.0 MB")],
)
def test_each_volume_over_the_limit_is_named(volumes, called):
    (finding,) = fit(Sizes(9 * MB, 9 * MB, {}, volumes), 5).findings
    assert (finding.code, finding.subject) == ("volume-too-large", "evidence/plan.pdf")
    assert finding.message.startswith(called)
    assert "the court takes 5.0 MB. Page 7 (“Plan”)" in finding.message
    assert finding.remedy


def test_a_step_is_told_in_megabytes():
    step = SizeStep("pictures to 200 dots an inch", 200, 41_260_000, 30_000_000)
    assert str(step) == "Made smaller: pictures to 200 dots an inch, 41.3 MB → 30.0 MB"
    assert megabytes(1_234_567_890) == "1,234.6 MB"
