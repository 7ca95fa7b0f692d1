"""XML and HTML of strangers: what is refused, on which line, and in bounded time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.rules.xml import MOST_BYTES, XmlError, html_elements, parse_xml

BOMBS = {
    "billion laughs": (
        '<?xml version="1.0"?>\n<!-- x -->\n<!DOCTYPE l [<!ENTITY a "lol">'
        + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
        + "]>\n<l>&i;</l>",
        3,
    ),
    "external entity": ('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>', 1),
    "external DTD": ('\n<!DOCTYPE r SYSTEM "http://localhost/x.dtd"><r/>', 2),
    "depth": ("<a>\n" * 100_000, 257),
    "depth, closed": ("<a>" * 100_000 + "</a>" * 100_000, 1),
    "unknown entity": ("<r>\n&nbsp;</r>", 2),
    "attributes twice": ("<r>\n<a x='1' x='2'/></r>", 2),
    "NUL": ("<r>\n\0</r>", 2),
    "half a character": ("<r>\n\ud800</r>", 2),
    "open": ("<r>\n<a></r>", 2),
    "nothing": ("", 1),
    "text": ("User-agent: *", 1),
}


@pytest.mark.parametrize("name", BOMBS)
def test_hostile_xml_is_refused_on_its_line(name: str):
    text, line = BOMBS[name]
    start = time.monotonic()
    with pytest.raises(XmlError) as caught:
        parse_xml(text, "rsl.xml")
    assert caught.value.line == line
    assert str(caught.value).startswith(f"rsl.xml, line {line}: ")
    assert time.monotonic() - start < 5


def test_bytes_that_are_no_utf8_and_files_that_are_too_large():
    with pytest.raises(XmlError) as caught:
        parse_xml(b"<r>\n\n\xff</r>")
    assert caught.value.line == 3
    with pytest.raises(XmlError, match="are more than"):
        parse_xml(b"<r>" + b"x" * 50_000_000 + b"</r>")


def test_depth_of_256_is_read_and_257_is_not():
    assert parse_xml("<a>" * 256 + "</a>" * 256).tag == "a"
    with pytest.raises(XmlError):
        parse_xml("<a>" * 257 + "</a>" * 257)


def test_what_is_well_formed_is_read_in_its_real_encoding():
    for raw in (
        "<r>é</r>",
        "<r>é</r>".encode("utf-16"),
        "\ufeff<r>é</r>".encode(),
        '<?xml version="1.0" encoding="latin-1"?><r>é</r>',
    ):
        assert parse_xml(raw).text == "é"


def test_comments_and_instructions_are_left_out():
    assert len(parse_xml("<r><!-- <!DOCTYPE --><?php x?><a/></r>")) == 1


def test_elements_of_html():
    page = """<p><LINK rel=license type='a/b' href="x&amp;y" rel="no">
    <!-- <link href=hidden> -->
    <script type=application/rsl+xml>
    <link href=inside></script><linked><link>"""
    first, script, last = html_elements(page, "link", "script")
    assert first.attributes == {"rel": "license", "type": "a/b", "href": "x&y"}
    assert (first.line, script.line, last.line) == (1, 3, 4)
    assert "<link href=inside>" in script.content


@pytest.mark.parametrize(
    "page",
    [
        "<link " + " ".join(f"a{i}=1" for i in range(300_000)),
        "<!--" * 1_000_000,
        "<script>" * 500_000,
        "<link" + " " * (MOST_BYTES - 5),
        '<link a="' * 20_000,
        ("<link " + "a =" * 3000 + " ") * 50,
    ],
)
def test_html_takes_time_linear_in_its_length(page: str):
    start = time.monotonic()
    assert all(e.name in ("link", "script") for e in html_elements(page, "link", "script"))
    assert time.monotonic() - start < 10


@given(st.binary() | st.text())
def test_anything_is_read_or_refused(raw: bytes | str):
    try:
        parse_xml(raw)
    except XmlError as error:
        assert error.mend


@given(st.text(alphabet="<>linkscrpt!-=\"' /\n"))
def test_any_html_is_read(text: str):
    assert all(e.line >= 1 for e in html_elements(text, "link", "script"))
