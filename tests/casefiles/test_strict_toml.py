from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import Field

from casefiles.errors import FileInvalid
from casefiles.strict_toml import StrictModel, parse_strict, read_strict


class Paper(StrictModel):
    title: str
    names: tuple[str, ...] = Field(default=(), strict=False)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('title = "a\\u202Eb"', 1),
        ('title = "a"\nnames = [\n  "b",\n  "c\\u001B[31m",\n]', 4),
        ('title = "a\\u009Bb"', 1),
        ('title = "a"\n"k\\u0007" = 1', 1),
    ],
)
def test_a_text_that_steers_a_terminal_or_turns_a_line_around_is_refused(text: str, line: int) -> None:
    with pytest.raises(FileInvalid, match=f"line {line}: an invisible control character"):
        parse_strict(text.encode(), "paper.toml", Paper)


@pytest.mark.parametrize("title", ["Zoë Łukasz", "رسالة", "👩‍👧", "two\\nlines", "a\\tb", "נא\u200fב"])
def test_writing_of_every_kind_is_taken(title: str) -> None:
    paper, _source = parse_strict(f'title = "{title}"'.encode(), "paper.toml", Paper)
    assert paper.title == title.replace("\\n", "\n").replace("\\t", "\t")


def test_a_pipe_or_a_link_is_named_and_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "paper.toml")
    with pytest.raises(FileInvalid, match=r"paper.toml, line 1: it is a pipe, so it was not opened"):
        read_strict(tmp_path / "paper.toml", Paper)
    (tmp_path / "real.toml").write_text('title = "a"')
    (tmp_path / "link.toml").symlink_to("real.toml")
    with pytest.raises(FileInvalid, match="it is a link, and links are not followed"):
        read_strict(tmp_path / "link.toml", Paper)
    assert read_strict(tmp_path / "real.toml", Paper)[0].title == "a"
