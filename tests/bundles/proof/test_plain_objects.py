"""The quick reader against pypdf itself: the same object, or None; never another."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from pypdf.generic import IndirectObject, StreamObject

from bundles.proof.likeness import Likeness
from bundles.proof.plain_objects import PlainObjects
from bundles.proof.reading import PdfFile, raw_bytes
from tests.bundles.proof.sample import Sample

NAMES = st.text("ABCxyz09+-_.!*", min_size=1, max_size=6).map(lambda text: f"/{text}")
SCALARS = (
    st.integers(-(2**31), 2**31).map(str)
    | st.floats(-1e6, 1e6).map(lambda value: f"{value:.5f}")
    | NAMES
    | st.sampled_from(
        ["true", "false", "null", "3 0 R", ".5", "-.25", "4.", "+7", "(text)", "<6162>", "<< /A 1 /A 2 >>"]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=5).map(lambda items: f"[ {' '.join(items)} ]")
        | st.dictionaries(NAMES, inner, max_size=4).map(
            lambda entries: "<<" + " ".join(f"{key} {value}" for key, value in entries.items()) + ">>"
        )
    ),
    max_leaves=12,
)


def file_with(value: str) -> tuple[bytes, int]:
    """A small sound PDF whose object 3 is that value."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 0 >>", value]
    data, offsets = b"%PDF-1.7\n", []
    for number, words in enumerate(objects, start=1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{words}\nendobj\n".encode()
    start = len(data)
    rows = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    data += f"xref\n0 4\n0000000000 65535 f \n{rows}trailer\n<< /Root 1 0 R /Size 4 >>\nstartxref\n{start}\n%%EOF\n".encode()
    return data, offsets[2]


@settings(max_examples=300)
@given(VALUES)
def test_it_reads_what_pypdf_reads_or_nothing(value: str) -> None:
    data, offset = file_with(value)
    reader = PdfReader(io.BytesIO(data), strict=True)
    quick = PlainObjects(io.BytesIO(data), reader).read(3, 0, offset)  # type: ignore[arg-type]
    strange = any(mark in value for mark in ("(text)", "<6162>", "/A 1 /A 2"))
    if quick is None:
        assert strange
        return
    assert not strange
    if value == "3 0 R":
        return
    assert plain(quick) == plain(reader.get_object(IndirectObject(3, 0, reader)))


def plain(value: object) -> object:
    """The value in Python's own types."""
    if isinstance(value, IndirectObject):
        return ("ref", value.idnum, value.generation)
    if isinstance(value, dict):
        return {str(key): plain(dict.__getitem__(value, key)) for key in value}
    if isinstance(value, list):
        return [plain(each) for each in list.__iter__(value)]
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int | float):
        return float(value)
    return repr(value)


def test_every_object_of_a_bundle(sample: Sample) -> None:
    read = 0
    with PdfFile(sample.pdf) as file, sample.pdf.open("rb") as stream:
        quick = PlainObjects(stream, file.reader)
        for generation, offsets in file.reader.xref.items():
            for number, offset in offsets.items():
                found = quick.read(number, generation, offset)
                if found is None:
                    continue
                read += 1
                known = file.reader.get_object(IndirectObject(number, generation, file.reader))
                assert plain(found) == plain(known)
                assert isinstance(found, StreamObject) == isinstance(known, StreamObject)
                if isinstance(found, StreamObject):
                    assert raw_bytes(found) == raw_bytes(known)  # type: ignore[arg-type]
    assert read > 50


@pytest.mark.parametrize(
    "value",
    ["<< /Length 5 >>\nstream\nabcdefgh\nendstream", "<< /Length 50 >>\nstream\nabc\nendstream", "<< /A", "[ 1 >>",
     "<< /A#42 1 >>", "% words\n<< >>", "<< 1 2 >>", "1 2"],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_pypdf(value: str) -> None:
    data, offset = file_with("null")
    data = data.replace(b"null", value.encode())
    reader = PdfReader(io.BytesIO(file_with("null")[0]), strict=True)
    assert PlainObjects(io.BytesIO(data), reader).read(3, 0, offset) is None  # type: ignore[arg-type]


def test_another_object_s_place(sample: Sample) -> None:
    with PdfFile(sample.pdf) as file, sample.pdf.open("rb") as stream:
        offsets = file.reader.xref[0]
        first, second = sorted(offsets)[:2]
        assert PlainObjects(stream, file.reader).read(first, 0, offsets[second]) is None


def test_likeness_of_a_file_with_itself_saved_another_way(sample: Sample, tmp_path: Path) -> None:
    with pikepdf.open(sample.pdf) as pdf:
        pdf.save(
            tmp_path / "packed.pdf",
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    with PdfFile(sample.pdf) as one, PdfFile(tmp_path / "packed.pdf") as other:
        alike = Likeness(one, other)
        for number in range(1, one.page_count + 1):
            mine, theirs = one.page(number), other.page(number)
            assert mine.keys() == theirs.keys()
            assert alike.difference(mine["/Contents"], theirs["/Contents"], "") == ""
            assert alike.difference(mine["/Resources"], theirs["/Resources"], "") == ""
