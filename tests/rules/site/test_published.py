"""What a site publishes: loaded, refused, and which headers a path gets."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.rules.patterns import parse, specificity, split
from commonweal.rules.site import File, Header, Published


def headers(*entries):
    return Published({}, tuple(Header(*e) for e in entries))


def test_of_a_header_that_is_given_once_the_longest_pattern_stands_alone():
    p = headers(("/", "tdm-reservation", "1"), ("/open/", "TDM-Reservation", "0"))
    assert p.headers_for("/open/a") == [("TDM-Reservation", "0")]
    assert p.headers_for("/open") == [("tdm-reservation", "1")]


def test_links_and_robots_tags_of_all_patterns_are_given():
    p = headers(("/", "Link", "<a>"), ("/b/", "link", "<b>"), ("/*", "Link", "<a>"))
    assert sorted(p.headers_for("/b/")) == [("Link", "<a>"), ("link", "<b>")]


def test_a_pattern_with_a_host_is_for_that_host():
    p = headers(("https://a.org/", "x", "host"), ("/", "x", "any"))
    assert p.headers_for("https://a.org/z") == [("x", "host")]
    assert p.headers_for("https://b.org/z") == p.headers_for("/z") == [("x", "any")]


def test_a_site_keeps_what_its_own_host_says():
    p = headers(("https://a.org/", "x", "host"), ("/", "x", "any"), ("https://b.org/", "x", "other"))
    assert p.at("https://a.org").headers == (Header("/", "x", "host"),)
    assert p.at("https://c.org").headers == (Header("/", "x", "any"),)


_patterns = st.lists(st.sampled_from(["/", "a", "b", "*", "$", "?", "%20", "é"]), max_size=6).map(
    lambda parts: "/" + "".join(parts)
)


@given(st.lists(st.tuples(_patterns, st.sampled_from("xy")), max_size=6), _patterns)
def test_what_a_path_gets_does_not_depend_on_the_order_but_for_equally_long_patterns(said, path):
    entries = {(pattern, name): Header(pattern, name, f"{i}") for i, (pattern, name) in enumerate(said)}
    p = Published({}, tuple(entries.values()))
    for name in "xy":
        matching = [h for h in entries.values() if h.name == name and parse(h.pattern).matches(*split(path))]
        longest = max((specificity(h.pattern) for h in matching), default=None)
        wanted = {h.value for h in matching if specificity(h.pattern) == longest}
        got = [v for n, v in p.headers_for(path) if n == name]
        assert len(got) == bool(wanted)
        assert set(got) <= wanted


def test_a_folder_is_loaded_with_its_media_types(tmp_path):
    (tmp_path / ".well-known").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("secret")
    (tmp_path / ".well-known" / "tdmrep.json").write_text("[]")
    (tmp_path / "rsl.xml").write_text('<rsl xmlns="https://rslstandard.org/rsl"/>')
    (tmp_path / "other.xml").write_text("<a/>")
    (tmp_path / "a b.txt").write_text("text")
    (tmp_path / "losses.json").write_text("{}")
    (tmp_path / "head.html").write_text("<!-- -->")
    (tmp_path / "headers.json").write_text(json.dumps([{"pattern": "/", "name": "x", "value": "1"}]))
    p = Published.load(tmp_path)
    assert {path: file.media_type for path, file in p.files.items()} == {
        "/.well-known/tdmrep.json": "application/json",
        "/rsl.xml": "application/rsl+xml",
        "/other.xml": "application/xml",
        "/a%20b.txt": "text/plain; charset=utf-8",
    }
    assert p.headers == (Header("/", "x", "1"),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "no JSON"),
        ("{}", "no list"),
        ('[{"pattern": "/"}]', "entry 1"),
        ('[{"pattern": "/", "name": "x", "value": 1}]', "all strings"),
        ('[{"pattern": "x", "name": "x", "value": "1"}]', "neither a path nor a URL"),
        ('[{"pattern": "/", "name": "x", "value": "a\\r\\nSet-Cookie: b"}]', "can't stand in a header"),
        ('[{"pattern": "/", "name": "x y", "value": "1"}]', "no name of a header"),
        (
            '[{"pattern": "/", "name": "x", "value": "1"}, {"pattern": "/", "name": "X", "value": "2"}]',
            "two values",
        ),
    ],
)
def test_wrong_headers_are_refused_with_what_is_wrong(tmp_path, text, problem):
    (tmp_path / "headers.json").write_text(text)
    with pytest.raises(InputError, match=problem):
        Published.load(tmp_path)


def test_a_missing_folder_and_a_path_without_a_slash_are_refused(tmp_path):
    with pytest.raises(InputError, match="no folder"):
        Published.load(tmp_path / "absent")
    with pytest.raises(InputError, match="no path"):
        Published({"robots.txt": File("text/plain", b"")})


@given(st.text(max_size=20))
def test_a_value_that_is_accepted_is_one_line_of_visible_ascii(value):
    try:
        Header("/", "x", value)
    except InputError:
        return
    assert value.isascii() and value == value.strip() and value
    assert all(c == "\t" or " " <= c <= "~" for c in value)
