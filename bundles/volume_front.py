"""Cover and index of each volume: the covers say which volume it is, the index is the same one in all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bundles.front import (
    COVER,
    INDEX,
    MOST_DRAWINGS,
    DrawnPart,
    Front,
    FrontFailed,
    FrontView,
    bind_front,
    cover_values,
    draw_part,
    guess_index_pages,
    index_values,
)
from bundles.plan import ResolvedItem
from bundles.profile import Profile
from bundles.volume_plan import VolumeLayout, VolumesLayout, lay_out_volumes
from bundles.volumes import VolumeSpans


@dataclass(frozen=True)
class VolumeFronts:
    """The pages of all volumes, and each one's cover and index."""

    layout: VolumesLayout
    fronts: tuple[Front, ...]


def draw_volume_fronts(
    view: FrontView,
    profile: Profile,
    items: Sequence[ResolvedItem],
    spans: Sequence[VolumeSpans],
    output: Callable[[int], Path],
    *,
    section_titles: Mapping[str, str] | None = None,
    templates: Sequence[Path] = (),
) -> VolumeFronts:
    """Draw the cover and index of every volume; `output` gives the file for the volume of a number (from 1).

    The rest is as for `bundles.front.draw_front`.

    Raises:
        UsageError, RenderFailed, FrontFailed, OSError: as `draw_front`.
    """
    titles = {**profile.section_titles, **(section_titles or {})}
    covers = [1] * len(spans)
    index_count = guess_index_pages(lay_out_volumes(items, titles, spans, covers).rows)
    for _ in range(MOST_DRAWINGS):
        layout = lay_out_volumes(items, titles, spans, [cover + index_count for cover in covers])
        index = draw_part(INDEX, index_values(view, profile, layout.sections, layout.volumes_of), templates)
        if index.pages != index_count:
            index_count = index.pages
            continue
        drawn = [_cover(view, profile, layout, volume, templates) for volume in layout.volumes]
        if [cover.pages for cover in drawn] == covers:
            fronts = tuple(
                bind_front(cover, index, profile, output(number))
                for number, cover in enumerate(drawn, start=1)
            )
            return VolumeFronts(layout, fronts)
        covers = [cover.pages for cover in drawn]
    raise FrontFailed(
        f"after {MOST_DRAWINGS} drawings the index still takes another number of pages than it tells",
        remedy="Give the Pages column of the index template a fixed width.",
    )


def _cover(
    view: FrontView,
    profile: Profile,
    layout: VolumesLayout,
    volume: VolumeLayout,
    templates: Sequence[Path],
) -> DrawnPart:
    line = f"Volume {volume.number} of {len(layout.volumes)}, pages {volume.pages}"
    values = cover_values(view, profile, layout.pages, line, len(layout.volumes))
    return draw_part(COVER, values, templates)
