"""A recording's sheet says how long it lasts and shows one still; a hostile one opens no other file."""

from __future__ import annotations

import io
import struct
import subprocess
import wave
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from bundles.convert import convert
from bundles.convert.base import ConversionRequest, Program
from bundles.convert.cache import ConversionCache
from bundles.convert.outside_media import MediaPrograms
from bundles.convert.recording import CONVERTER, draw, length_words
from bundles.convert.recording_facts import examine, still_of
from bundles.convert.run import convert_all
from bundles.derived import Derived
from casefiles.hashing import sha256_file
from casefiles.intake.kinds import Kind, detect

MakeRequest = Callable[..., ConversionRequest]
COLOURS = "color=teal:s=320x240:r=10"
BLACK = "color=black:s=320x240:r=10"


def recorded(path: Path, *options: str) -> Path:
    """A recording that ffmpeg makes of its own test sources."""
    command = ["ffmpeg", "-nostdin", "-v", "error", *options, str(path)]
    subprocess.run(command, check=True, timeout=60, stdin=subprocess.DEVNULL)
    return path


def video(path: Path, source: str = f"{COLOURS}:d=5", *options: str) -> Path:
    return recorded(path, "-f", "lavfi", "-i", source, "-c:v", "mpeg4", *options)


def drawn(request: ConversionRequest) -> Derived:
    made = convert(request, CONVERTER)
    assert isinstance(made, Derived), made
    return made


def words_of(made: Derived) -> str:
    with pypdfium2.PdfDocument(made.path) as file:
        return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in file).split())


def colour_of(made: Derived) -> tuple[int, int, int]:
    """The colour in the middle of the only picture on the sheet."""
    with pypdfium2.PdfDocument(made.path) as file:
        for each in file[0].get_objects(max_depth=5):
            if isinstance(each, pypdfium2.PdfImage):
                image = each.get_bitmap().to_pil().convert("RGB")
                pixel = image.getpixel((image.width // 2, image.height // 2))
                assert isinstance(pixel, tuple)
                return (int(pixel[0]), int(pixel[1]), int(pixel[2]))
    raise AssertionError("no picture")


def codes(made: Derived) -> list[str]:
    return [finding.code for finding in made.findings]


def test_a_video_says_its_length_size_time_and_shows_a_still(
    tmp_path: Path, request_for: MakeRequest
) -> None:
    path = video(
        tmp_path / "door.mp4", f"{COLOURS}:d=75",
        "-metadata", "creation_time=2026-03-01T14:02:11Z", "-metadata", "location=+51.5074-000.1278/",
    )  # fmt: skip
    made = drawn(request_for(path, Kind.VIDEO))
    words = words_of(made)
    for part in (
        "Video recording", "0:01:15 (hours:minutes:seconds)", "320 × 240 pixels", "Sound none",
        "Sunday 1 March 2026 at 2.02pm (UK time)", "as written in the file: 2026-03-01T14:02:11",
        "The picture at 1 second from the start", sha256_file(path), f"({path.stat().st_size:,} bytes)",
        "The file says where it was recorded. It is not shown here.",
    ):  # fmt: skip
        assert part in words, part
    assert "51.5" not in words
    assert b"51.5074" not in made.path.read_bytes()
    assert codes(made) == ["recording-location"]
    assert len(made.pages) == 1
    red, green, blue = colour_of(made)
    assert red < 40
    assert 90 < green < 160
    assert 90 < blue < 160


def test_the_same_bytes_make_the_same_sheet(tmp_path: Path, request_for: MakeRequest) -> None:
    path = video(tmp_path / "a.mp4", "testsrc2=s=320x240:r=10:d=4")
    request = request_for(path, Kind.VIDEO)
    first = drawn(request).sha256
    again = replace(request, output=request.output.with_name("again.pdf"))
    assert drawn(again).sha256 == first


def test_the_still_is_the_first_that_is_not_dark(tmp_path: Path, request_for: MakeRequest) -> None:
    path = recorded(
        tmp_path / "night.mp4", "-f", "lavfi", "-i", f"{BLACK}:d=2", "-f", "lavfi", "-i", f"{COLOURS}:d=8",
        "-filter_complex", "[0][1]concat=n=2", "-c:v", "mpeg4",
    )  # fmt: skip
    made = drawn(request_for(path, Kind.VIDEO))
    assert "The picture at 3 seconds from the start" in words_of(made)
    assert colour_of(made)[1] > 90
    dark = drawn(request_for(video(tmp_path / "dark.mp4", f"{BLACK}:d=3"), Kind.VIDEO))
    assert codes(dark) == ["recording-dark"]
    assert colour_of(dark)[1] < 30


def test_a_recording_that_is_turned_is_shown_upright(
    tmp_path: Path, request_for: MakeRequest, programs: dict[str, Program]
) -> None:
    path = video(tmp_path / "phone.mp4")
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40  # ISO/IEC 14496-12, 8.3.2: the matrix of a version 0 header
    one = 1 << 16
    data[at : at + 36] = struct.pack(">9i", 0, one, 0, -one, 0, 0, 240 * one, 0, 1 << 30)
    path.write_bytes(data)
    assert "240 × 320 pixels" in words_of(drawn(request_for(path, Kind.VIDEO)))
    (tmp_path / "work2").mkdir()
    media = MediaPrograms(programs["ffprobe"], programs["ffmpeg"], tmp_path / "work2")
    facts = examine(path, media)
    assert facts is not None
    still = still_of(path, facts, media)
    assert still is not None
    with pypdfium2.PdfDocument(drawn(request_for(path, Kind.VIDEO)).path) as file:
        images = [each for each in file[0].get_objects(max_depth=5) if isinstance(each, pypdfium2.PdfImage)]
        assert images[0].get_px_size() == (240, 320)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.m4a", ("-c:a", "aac")),
        ("a.mp3", ()),
        ("a.ogg", ("-c:a", "libopus")),
        ("a.wma", ("-c:a", "wmav2")),
        ("a.flac", ()),
        ("a.aac", ("-c:a", "aac", "-f", "adts")),
        ("a.aiff", ()),
    ],
)
def test_sound_alone_has_no_still(
    tmp_path: Path, request_for: MakeRequest, name: str, options: tuple[str, ...]
) -> None:
    path = recorded(tmp_path / name, "-f", "lavfi", "-i", "sine=440:d=7", *options)
    kind = detect(path)
    assert kind.kind in {Kind.AUDIO, Kind.VIDEO}
    made = drawn(request_for(path, kind.kind))
    words = words_of(made)
    assert "Sound recording" in words
    assert "Length 7.0 seconds" in words or "Length 6.9 seconds" in words
    assert "Sound yes" in words
    assert "from the start" not in words
    assert codes(made) == []


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mov", "mpeg4"), ("a.avi", "mpeg4"), ("a.webm", "libvpx"), ("a.3gp", "h263"), ("a.mkv", "mpeg4"),
     ("a.wmv", "wmv2"), ("a.flv", "flv"), ("a.mpg", "mpeg2video"), ("a.ts", "mpeg2video")],
)  # fmt: skip
def test_videos_of_every_sort_have_a_still(
    tmp_path: Path, request_for: MakeRequest, name: str, codec: str
) -> None:
    path = recorded(
        tmp_path / name, "-f", "lavfi", "-i", "testsrc2=s=352x288:r=25:d=4", "-c:v", codec, "-strict", "-2"
    )
    assert detect(path).kind is Kind.VIDEO
    made = drawn(request_for(path, Kind.VIDEO))
    assert "The picture at 1 second from the start" in words_of(made)
    assert codes(made) == []


def test_a_cover_is_left_out_and_said(tmp_path: Path, request_for: MakeRequest) -> None:
    recorded(tmp_path / "cover.jpg", "-f", "lavfi", "-i", f"{COLOURS}:d=1", "-frames:v", "1")
    recorded(tmp_path / "plain.mp3", "-f", "lavfi", "-i", "sine=440:d=3")
    path = recorded(
        tmp_path / "song.mp3", "-i", str(tmp_path / "plain.mp3"), "-i", str(tmp_path / "cover.jpg"),
        "-map", "0", "-map", "1", "-c", "copy", "-disposition:v", "attached_pic",
    )  # fmt: skip
    made = drawn(request_for(path, Kind.AUDIO))
    assert codes(made) == ["recording-cover"]
    assert "Sound recording" in words_of(made)


def test_a_recording_that_was_cut_says_both_lengths(tmp_path: Path, request_for: MakeRequest) -> None:
    path = video(tmp_path / "cut.mp4", "testsrc2=s=320x240:r=10:d=30", "-movflags", "+faststart")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    made = drawn(request_for(path, Kind.VIDEO))
    assert codes(made) == ["recording-length-differs"]
    assert "The file itself says 30.0 seconds." in words_of(made)
    assert "30.0 seconds" in made.findings[0].message


def test_a_broken_recording_still_has_its_sheet(tmp_path: Path, request_for: MakeRequest) -> None:
    path = video(tmp_path / "a.mp4")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])  # its index stood at the end
    made = drawn(request_for(path, Kind.VIDEO))
    assert codes(made) == ["recording-damaged"]
    words = words_of(made)
    assert "Length not known" in words
    assert sha256_file(path) in words


def test_without_the_program_the_sheet_says_less_and_the_line_to_type_is_named(
    tmp_path: Path, request_for: MakeRequest
) -> None:
    path = video(tmp_path / "a.mp4")
    request = request_for(path, Kind.VIDEO)
    lacking = replace(request, programs={}, output=request.output.with_name("less.pdf"))
    made = drawn(lacking)
    assert codes(made) == ["recording-not-examined"]
    assert "apt-get install" in made.findings[0].remedy
    assert "Length not known" in words_of(made)
    with ThreadPoolExecutor(1) as executor:
        answers = convert_all([request, lacking], executor, ConversionCache(tmp_path / "cache")).results
    told = {each.programs.partition(" ")[0] for each in answers if isinstance(each, Derived)}
    assert told == {"ffmpeg", ""}, "verify compares only what the same programs made"


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{secret}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{secret}'\n",
    ],
)
@pytest.mark.parametrize("start", [b"", b"ID3\x04\0\0\0\0\0\x0a" + bytes(10)])
def test_a_playlist_opens_no_other_file(
    tmp_path: Path, programs: dict[str, Program], playlist: str, start: bytes
) -> None:
    secret = recorded(tmp_path / "secret.ts", "-f", "lavfi", "-i", "sine=440:d=9", "-f", "mpegts")
    for name in ("list.m3u8", "list.mp3"):
        path = tmp_path / name
        path.write_bytes(start + playlist.format(secret=secret).encode())
        media = MediaPrograms(programs["ffprobe"], programs["ffmpeg"], tmp_path / "work")
        (tmp_path / "work").mkdir(exist_ok=True)
        assert examine(path, media) is None


def test_a_program_that_hangs_is_stopped(tmp_path: Path) -> None:
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nsleep 600\n", encoding="ascii")
    slow.chmod(0o755)
    media = MediaPrograms(Program(slow, "1"), Program(slow, "1"), tmp_path)
    assert media.probe(tmp_path / "a.mp4", 0.3) is None


def test_rubbish_that_begins_like_a_recording_has_a_sheet(tmp_path: Path, request_for: MakeRequest) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 40)
    made = draw(request_for(path, Kind.VIDEO))
    assert isinstance(made, Derived)
    assert codes(made) == ["recording-damaged"]


def test_a_wave_file_of_another_writer(tmp_path: Path, request_for: MakeRequest) -> None:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16000 * 3))
    (tmp_path / "call.wav").write_bytes(out.getvalue())
    made = drawn(request_for(tmp_path / "call.wav", Kind.AUDIO))
    assert "Length 3.0 seconds" in words_of(made)
    assert codes(made) == []


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.04, "0.0 seconds"), (59.94, "59.9 seconds"), (60, "0:01:00 (hours:minutes:seconds)"),
     (3599.6, "1:00:00 (hours:minutes:seconds)"), (90061, "25:01:01 (hours:minutes:seconds)")],
)  # fmt: skip
def test_lengths_in_words(seconds: float, words: str) -> None:
    assert length_words(seconds) == words
