"""Every value is found on the line where it stands."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from casefiles.toml_positions import array_end, comment_spans, line_of, positions_of

TEXT = '''# a comment with = and [brackets]
reference = "x # not a comment"
list = [
  1, 2,   # trailing
  """
three""",
  { a = "}", b = [1,
  2] },
]

[table]
"quoted key" = 'literal \\'
dotted.key = 2026-01-01

[[people]]
id = "a"
[people.more]
deep = true
[[people]]
id = """b""" # end
'''


def test_lines_of_every_kind_of_value() -> None:
    assert tomllib.loads(TEXT)
    at = positions_of(TEXT)
    assert at[("reference",)] == 2
    assert at[("list", 0)] == 4
    assert at[("list", 2)] == 5
    assert at[("list", 3)] == 7
    assert at[("list", 3, "b", 1)] == 8
    assert at[("table", "quoted key")] == 12
    assert at[("table", "dotted", "key")] == 13
    assert at[("people", 0)] == 15
    assert at[("people", 0, "more", "deep")] == 18
    assert at[("people", 1, "id")] == 20


def test_nearest_enclosing_line_for_what_is_missing() -> None:
    at = positions_of(TEXT)
    assert line_of(at, ("people", 1, "name")) == 19
    assert line_of(at, ("nowhere",)) == 1


def test_array_end_and_comments() -> None:
    assert TEXT[array_end(TEXT, ("list",))] == "]"
    assert TEXT.count("\n", 0, array_end(TEXT, ("list",))) == 8
    assert [TEXT[a:b] for a, b in comment_spans(TEXT)] == [
        "# a comment with = and [brackets]",
        "# trailing",
        "# end",
    ]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=20), max_size=6))
def test_any_strings_one_a_line(values: list[str]) -> None:
    import tomlkit

    text = "items = [\n" + "".join(f"  {tomlkit.string(value).as_string()},\n" for value in values) + "]\n"
    assert tomllib.loads(text)["items"] == values
    at = positions_of(text)
    assert [at[("items", number)] for number in range(len(values))] == list(range(2, len(values) + 2))
