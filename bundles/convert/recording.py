"""A recording as one sheet: its length, size and SHA-256, what it holds, and one still of its pictures.

Length and still come from ffprobe and ffmpeg; where they are not installed, the sheet says what it can without them.
"""

from __future__ import annotations

from collections.abc import Iterator

from bundles.convert.base import ConversionRequest, ConversionResult, Converter
from bundles.convert.mail import london_words
from bundles.convert.outside_media import FFMPEG, FFPROBE, REMEDY, programs_of
from bundles.convert.pages import draw_template, size_words
from bundles.convert.recording_facts import RecordingFacts, Still, examine, still_of
from bundles.convert.visible import shown
from casefiles.findings import Finding, Severity
from casefiles.intake.kinds import Kind, detect
from templates.render import Plain

VERSION = "1"
_STILL = "still"


def draw(request: ConversionRequest) -> ConversionResult:
    """The sheet of a recording. Where it was recorded is never printed.

    Raises:
        OSError: a scratch file cannot be written.
    """
    programs = programs_of(request.programs, request.scratch / "media")
    facts = examine(request.original, programs) if programs else None
    still = still_of(request.original, facts, programs) if programs and facts else None
    drawn = draw_template(
        request,
        "pages/recording.html.j2",
        _values(request, facts, still),
        pictures={_STILL: still.jpeg} if still else {},
    )
    found = [*_findings(request, facts, still, able=programs is not None)]
    return drawn.with_findings(found).derived(request.output, CONVERTER.name, CONVERTER.version)


def length_words(seconds: float) -> str:
    """A length as hours, minutes and seconds, `0:03:12`; under a minute with tenths of seconds."""
    if seconds < 60:
        return f"{seconds:.1f} seconds"
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d} (hours:minutes:seconds)"


def _values(
    request: ConversionRequest, facts: RecordingFacts | None, still: Still | None
) -> dict[str, Plain]:
    words = detect(request.original).detail
    moving = facts.picture != "" if facts else request.kind is Kind.VIDEO
    if not moving:
        words = words.replace(" video", " recording")
    return {
        "kind_words": words,
        "title": "Video recording" if moving else "Sound recording",
        "rows": [{"name": name, "value": value, "note": note} for name, value, note in _rows(facts)],
        "size": size_words(request.original.stat().st_size),
        "sha256": request.sha256,
        "still": _STILL if still else "",
        "moment": _moment(still) if still else "",
    }


def _moment(still: Still) -> str:
    if still.seconds == 0:
        return "The first picture of the recording"
    at = (
        f"{still.seconds:g} second{'' if still.seconds == 1 else 's'}"
        if still.seconds < 60
        else length_words(still.seconds)
    )
    return f"The picture at {at} from the start"


def _rows(facts: RecordingFacts | None) -> Iterator[tuple[str, str, str]]:
    if facts is None:
        yield "Length", "not known", ""
        return
    length = facts.length
    claim = ""
    if facts.cut and facts.stated is not None:
        claim = f"The file itself says {length_words(facts.stated)}."
    yield "Length", length_words(length) if length is not None else "not known", claim
    if facts.picture:
        yield "Picture", f"{facts.width} × {facts.height} pixels", facts.picture
    tracks = f"{facts.sound_tracks} tracks" if facts.sound_tracks > 1 else "yes"
    yield "Sound", tracks if facts.sound else "none", facts.sound
    if facts.recorded is not None:
        note = f"as written in the file: {shown(facts.written, keep='')[:60]}. Nothing proves that its clock was right."
        yield "Recorded", london_words(facts.recorded), note
    elif facts.written:
        note = "as written in the file, its time zone not stated. Nothing proves that its clock was right."
        yield "Recorded", shown(facts.written, keep="")[:60], note
    if facts.located:
        yield "Place", "The file says where it was recorded. It is not shown here.", ""


def _findings(
    request: ConversionRequest, facts: RecordingFacts | None, still: Still | None, *, able: bool
) -> Iterator[Finding]:
    def found(code: str, severity: Severity, message: str, remedy: str = "") -> Finding:
        return request.finding(code, severity, message, remedy)

    if not able:
        message = "its length and a still of it are not on its sheet, because ffmpeg is not installed here"
        yield found("recording-not-examined", Severity.WARNING, message, REMEDY)
        return
    if facts is None:
        message = "the recording is damaged, or of a sort that cannot be played here; its length is not known"
        remedy = "play the original; if it does not play, ask for the recording again"
        yield found("recording-damaged", Severity.WARNING, message, remedy)
        return
    if facts.length is None:
        message = "its length is not known: it could not be read to its end in the time allowed"
        yield found("recording-length-unknown", Severity.WARNING, message, "play the original to its end")
    if facts.cut and facts.stated is not None and facts.read is not None:
        message = f"it says that it lasts {length_words(facts.stated)}; what is in it lasts {length_words(facts.read)}"
        remedy = "play the original to its end; if some is missing, ask for the recording again"
        yield found("recording-length-differs", Severity.WARNING, message, remedy)
    if facts.picture and still is None:
        message = "no picture of the recording could be drawn"
        yield found(
            "recording-no-still", Severity.WARNING, message, "play the original and see what it shows"
        )
    elif still is not None and still.dark:
        message = "every picture of it that was tried is dark, so its still shows next to nothing"
        yield found("recording-dark", Severity.NOTE, message)
    yield from _left_out(request, facts)


def _left_out(request: ConversionRequest, facts: RecordingFacts) -> Iterator[Finding]:
    if facts.located:
        message = "The recording says where it was made; its sheet does not show it"
        remedy = "The original still says it: think of that before you hand the original over"
        yield request.finding("recording-location", Severity.NOTE, message, remedy)
    if facts.cover:
        message = "a cover picture is in it, which its sheet does not show"
        yield request.finding("recording-cover", Severity.NOTE, message, "play the original if it matters")
    if facts.others:
        message = f"besides the first picture and sound it holds {facts.others} more tracks (other pictures, captions or data)"
        remedy = "play the original, and see whether they matter"
        yield request.finding("recording-more-tracks", Severity.NOTE, message, remedy)


CONVERTER = Converter(
    name="recording",
    version=VERSION,
    kinds=frozenset({Kind.AUDIO, Kind.VIDEO}),
    convert=draw,
    programs=(FFMPEG, FFPROBE),
)
