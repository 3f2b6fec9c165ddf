"""What a recording says of itself and what reading it through shows: length, streams, time, place; and a still of it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image, ImageStat

from bundles.convert.outside_media import MediaPrograms

PROBE_SECONDS = 60.0
READ_SECONDS = 240.0
STILL_SECONDS = 45.0
STILL_PIXELS = 1280
STILL_QUALITY = 88
_DARK = 14.0
_EVEN = 6.0
_SLACK_SECONDS = 1.5
_SLACK_SHARE = 0.02
_PLACES = ("location", "com.apple.quicktime.location", "gps", "xyz", "loci")
_PLACE_TRACKS = frozenset({"gpmd", "camm", "mebx"})
"""Tracks of data that cameras and phones write their position into."""
_WRITTEN = ("com.apple.quicktime.creationdate", "creation_time", "date", "DATE", "DateTimeOriginal")
_EMPTY_YEARS = frozenset({1904, 1970})
_PICTURE = (
    r"scale=w='trunc(iw*sar/2)*2':h=ih,setsar=1,"
    rf"scale=w='min({STILL_PIXELS},iw)':h='min({STILL_PIXELS},ih)':force_original_aspect_ratio=decrease"
    ":flags=bicubic+accurate_rnd+full_chroma_int+bitexact"
)


@dataclass(frozen=True)
class Still:
    """One picture of a recording as a JPEG without any data of a camera, its moment in seconds from the start.

    `dark`: every picture that was tried shows next to nothing.
    """

    jpeg: bytes
    seconds: float
    dark: bool


@dataclass(frozen=True)
class RecordingFacts:
    """What can be said of a recording. Lengths in seconds, None where not known; sizes in pixels, as it is shown.

    `stated` is the length that the file claims, `read` how far it could be read. `written` is the time in it as
    written, `recorded` the same as an instant. `others` counts streams that are neither the first picture nor sound.
    """

    container: str
    stated: float | None
    read: float | None
    picture: str
    width: int
    height: int
    still_stream: int | None
    sound: str
    sound_tracks: int
    others: int
    cover: bool
    located: bool
    written: str
    recorded: datetime | None

    @property
    def length(self) -> float | None:
        """The length to state: as the file says where reading it through bears that out, else as far as it goes."""
        return self.read if self.cut or self.stated is None else self.stated

    @property
    def cut(self) -> bool:
        """It ends before, or long after, the file says."""
        if self.stated is None or self.read is None:
            return False
        return abs(self.stated - self.read) > max(_SLACK_SECONDS, self.stated * _SLACK_SHARE)


def examine(source: Path, programs: MediaPrograms) -> RecordingFacts | None:
    """Ask ffprobe what is in a recording, and read it through; None where it is none that ffprobe can read."""
    wanted = ("-show_format", "-show_streams", "-of", "json")
    said = programs.probe(source, PROBE_SECONDS, *wanted)
    try:
        answer = json.loads(said) if said else {}
    except ValueError:
        return None
    streams = [each for each in answer.get("streams", []) if isinstance(each, dict)]
    if not any(each.get("codec_type") in {"video", "audio"} for each in streams):
        return None
    return _facts(answer.get("format", {}), streams, _read_through(source, programs))


def _facts(whole: Mapping[str, Any], streams: list[dict[str, Any]], read: float | None) -> RecordingFacts:
    covers = [each for each in streams if each.get("disposition", {}).get("attached_pic")]
    pictures = [each for each in streams if each.get("codec_type") == "video" and each not in covers]
    sounds = [each for each in streams if each.get("codec_type") == "audio"]
    first = pictures[0] if pictures else {}
    width, height = _shown_size(first)
    tags = {key: str(value) for each in (whole, *streams) for key, value in each.get("tags", {}).items()}
    tags |= {key: str(value) for key, value in whole.get("tags", {}).items()}
    written = next((tags[key] for key in _WRITTEN if tags.get(key)), "")
    recorded = _instant(written)
    if recorded is not None and recorded.year in _EMPTY_YEARS:
        written, recorded = "", None
    located = any(place in key.lower() for key in tags for place in _PLACES) or any(
        each.get("codec_tag_string") in _PLACE_TRACKS for each in streams
    )
    return RecordingFacts(
        container=str(whole.get("format_long_name", "")),
        stated=_number(whole.get("duration")),
        read=read,
        picture=_codec(first) if pictures else "",
        width=width,
        height=height,
        still_stream=int(first["index"]) if pictures else None,
        sound=_codec(sounds[0]) if sounds else "",
        sound_tracks=len(sounds),
        others=len(streams) - len(covers) - len(sounds) - (1 if pictures else 0),
        cover=bool(covers),
        located=located,
        written=written,
        recorded=recorded,
    )


def _shown_size(stream: Mapping[str, Any]) -> tuple[int, int]:
    """As a player shows it: turned where the file says so."""
    width, height = int(stream.get("width", 0) or 0), int(stream.get("height", 0) or 0)
    turned = [_number(each.get("rotation")) for each in stream.get("side_data_list", ())]
    quarter = any(turn is not None and round(abs(turn)) % 180 == 90 for turn in turned)
    return (height, width) if quarter else (width, height)


def _codec(stream: Mapping[str, Any]) -> str:
    return (
        str(stream.get("codec_long_name") or stream.get("codec_name") or "unknown")
        .partition(" (")[0]
        .partition(" / ")[0]
    )


def _number(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if -1e9 < number < 1e9 else None


def _instant(written: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", written.strip()))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


def _read_through(source: Path, programs: MediaPrograms) -> float | None:
    """How many seconds of sound and pictures are really in the file: every packet is read, none is decoded."""
    after = ("-map", "0:V?", "-map", "0:a?", "-c", "copy", "-f", "null", "-progress", "pipe:1", "-")
    said = programs.make(source, READ_SECONDS, (), after)
    times = re.findall(rb"out_time_us=(\d+)", said or b"")
    return int(times[-1]) / 1_000_000 if times else None


def still_of(source: Path, facts: RecordingFacts, programs: MediaPrograms) -> Still | None:
    """The picture at one second, or the first of a few later ones that is not dark; None where none can be had."""
    if facts.still_stream is None:
        return None
    first: Still | None = None
    for seconds in _moments(facts.length):
        picture = _picture(source, facts.still_stream, seconds, programs)
        if picture is None:
            continue
        still = Still(_as_jpeg(picture), seconds, _is_dark(picture))
        if not still.dark:
            return still
        first = first or still
    return first


def _moments(length: float | None) -> Iterator[float]:
    if length is None or length <= 0:
        yield from (1.0, 0.0)
        return
    last = 0.0
    yield (last := 1.0 if length > 1 else 0.0)
    for moment in (3.0, round(length * 0.1), round(length * 0.25), round(length * 0.5), round(length * 0.75)):
        if last < moment < length:
            yield (last := float(moment))
    yield 0.0


def _picture(source: Path, stream: int, seconds: float, programs: MediaPrograms) -> Image.Image | None:
    exact = ("-flags", "+bitexact", "-ss", f"{seconds:.3f}")
    after = (
        *("-map", f"0:{stream}", "-an", "-frames:v", "1", "-vf", _PICTURE),
        *("-pix_fmt", "rgb24", "-c:v", "ppm", "-f", "image2pipe", "pipe:1"),
    )
    data = programs.make(source, STILL_SECONDS, exact, after)
    if not data:
        return None
    try:
        with Image.open(io.BytesIO(data), formats=("PPM",)) as image:
            return image.convert("RGB")
    except (OSError, ValueError, SyntaxError):
        return None


def _is_dark(picture: Image.Image) -> bool:
    grey = ImageStat.Stat(picture.convert("L"))
    return grey.mean[0] < _DARK and grey.stddev[0] < _EVEN


def _as_jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=STILL_QUALITY, optimize=True)
    return out.getvalue()
