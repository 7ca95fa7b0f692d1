"""HTML to text: what a person would read, from any markup, in time that grows with its length."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.intake.readers._html import html_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("", ""),
        ("plain  words", "plain words"),
        ("a &amp; b &lt;i&gt;", "a & b <i>"),
        ("<p>One.</p><p>Two.</p>", "One.\n\nTwo."),
        ("<p>One.</p>\n\n<p>Two<br>three<br/>four</p>", "One.\n\nTwo\nthree\nfour"),
        ("Two<br><br><br>lines", "Two\n\nlines"),
        ('see <a href="https://example.org/x">this <b>page</b></a>, and go', "see this page, and go"),
        ("un<b>bro</b>ken wo<wbr>rd", "unbroken word"),
        ("<ul><li>one</li><li>two <ul><li>deep</li></ul></li></ul>after", "one\ntwo\n\ndeep\n\nafter"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a\tb\n1\t2"),
        ("<pre>x = 1\n  y = 2</pre>then", "x = 1\n  y = 2\n\nthen"),
        ("a<script>alert('no')</script>b<style>p {}</style>c", "abc"),
        ("<html><head><title>T</title></head><body><h1>Head</h1>text</body></html>", "Head\n\ntext"),
        ("<p>a<!-- wp:paragraph -->b<?php no ?></p>", "ab"),
        ("<figure><img src='x' alt='y'><figcaption>A cat</figcaption></figure>", "A cat"),
        ("non\u00a0breaking", "non\u00a0breaking"),
        ("<div>caf\u00e9 \u6771\u4eac &#128512;</div>", "caf\u00e9 \u6771\u4eac \U0001f600"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<p>never closed", "never closed"),
        ("<!-- only a comment -->", ""),
    ],
)
def test_markup_reads_as_on_the_page(markup: str, text: str) -> None:
    assert html_text(markup) == text


@given(st.text())
def test_any_text_is_survived(markup: str) -> None:
    html_text(markup)
    html_text(f"<p>{markup}")


PIECES = [
    "<p>",
    "</p>",
    "<b>",
    "</b>",
    "<div a='1'>",
    "</div>",
    "<br>",
    "<ul><li>",
    "</ul>",
    "<pre>",
    "</pre>",
    " ",
    "\n",
]


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.from_regex(r"[a-z]{1,5}", fullmatch=True))))
def test_every_word_is_said_in_order_however_the_tags_nest(pieces: list[str]) -> None:
    words = "".join(p for p in pieces if p not in PIECES)
    assert re.sub(r"\s", "", html_text("".join(pieces))) == words


@given(st.lists(st.from_regex(r"[a-z]{1,5}", fullmatch=True), min_size=1))
def test_paragraphs_come_back_as_they_were(words: list[str]) -> None:
    assert html_text("".join(f"<p>{w}</p>" for w in words)) == "\n\n".join(words)


def test_text_nested_deeper_than_the_parser_reads_is_not_dropped() -> None:
    deep = "<div>" * 100_000 + "deep" + "</div>" * 100_000 + "<p>after &amp; on</p>"
    assert html_text(deep) == "deep\nafter & on"


def test_a_stretch_of_text_longer_than_the_parser_reads_is_not_dropped() -> None:
    assert html_text("<p>" + "x" * 11_000_000 + "</p><p>after</p>").endswith("x\nafter")


def test_a_tag_with_a_host_of_attributes_is_read_without_them() -> None:
    attributes = " ".join(f"a{i}=1" for i in range(200_000))  # whole, libxml2 would take minutes
    assert html_text(f"<p {attributes}>after</p>") == "after"


def test_a_long_address_within_a_tag_costs_no_text() -> None:
    picture = '<img src="data:image/png;base64,' + "A" * 100_000 + '" alt="b > c">'
    assert html_text(f"<p>before {picture} after</p>") == "before after"


@pytest.mark.parametrize(
    "piece", ["<a ", '<a "', "<a='", "<p><b>", "</p>", "<!--", "&#", "<![CDATA[", '<a b="<" c ']
)
def test_hostile_repetition_ends(piece: str) -> None:
    html_text(piece * 50_000)
