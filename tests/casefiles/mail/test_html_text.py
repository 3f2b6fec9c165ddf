"""The words of an HTML message survive; nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.mail.html_text import html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<div>One</div><div>Two<br>Three</div>", "One\nTwo\nThree"),
        ("Hello <b>there</b>,\n  you", "Hello there, you"),
        ("<ul><li>One</li><li>Two</li></ul>", "• One\n• Two"),
        ("Before<blockquote>Quoted<blockquote>Older</blockquote></blockquote>After", "Before\n\n> Quoted\n> \n> > Older\n> \nAfter"),
        ('<a href="https://x.example/p">Click</a> here', "Click <https://x.example/p> here"),
        ('<a href="https://x.example/p">https://x.example/p</a>', "https://x.example/p"),
        ('<a href="mailto:a@b.example">a@b.example</a>', "a@b.example"),
        ('<img src="cid:1" alt="School crest"><img src="http://x.example/track.gif">', "[picture: School crest]"),
        ("<table><tr><th>Day</th><th>Mark</th></tr><tr><td>Mon</td><td>N</td></tr></table>", "Day  Mark\nMon  N"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("&lt;b&gt; &amp; &pound;20 &#322;", "<b> & £20 ł"),
        ("<head><title>T</title><style>p{color:red}</style></head><body>Words<script>evil()</script></body>", "Words"),
        ("<style>x</style>kept<script>gone", "kept"),
        ("<p style='display:none'>hidden words</p>", "hidden words"),
        ("<head>words without an end", "words without an end"),
        ("<!-- comment -->kept<![CDATA[x]]>", "kept"),
        ("<p>One\n<p>Two", "One\n\nTwo"),
        ("", ""),
    ],
)  # fmt: skip
def test_examples(html: str, text: str) -> None:
    assert html_to_text(html) == text


@given(st.text())
def test_any_input_is_read(html: str) -> None:
    assert isinstance(html_to_text(html), str)


@given(
    st.lists(st.from_regex(r"[a-z]{1,12}", fullmatch=True), min_size=1),
    st.sampled_from(["p", "div", "span", "td", "li", "b", "xyz"]),
)
def test_no_word_is_lost(words: list[str], tag: str) -> None:
    html = "".join(f"<{tag}>{word}</{tag}> " for word in words)
    assert html_to_text(html).replace("•", "").split() == words
