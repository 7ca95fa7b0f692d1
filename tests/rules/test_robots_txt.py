"""robots.txt: RFC 9309, Google's published cases where they are at hand, and files that are anything."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.rules.robots_txt import LONGEST_LINE, MOST_BYTES, parse_robots, product

CASES = Path(__file__).parents[3] / "shared" / "data" / "robots" / "google_robots_cases.json"
ENDS = pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])


@pytest.mark.skipif(not CASES.is_file(), reason="Google's cases are not at hand")
def test_google_s_own_cases():
    cases = json.loads(CASES.read_text())
    wrong = [c for c in cases if parse_robots(c["robots"]).allowed(c["ua"], c["url"]) != c["allowed"]]
    assert len(cases) == 142 and not wrong


# Lines ------------------------------------------------------------------------------------------------------


@ENDS
def test_any_line_end_ends_a_line_and_lines_are_numbered_from_one(end):
    robots = parse_robots(end.join(["# first", "User-agent: a", "", "Disallow: /x", "Sitemap: s"]))
    (group,) = robots.groups
    assert (group.first, [line.number for line in group.lines]) == (2, [4])
    assert [(line.number, line.value) for line in robots.outside] == [(5, "s")]


@ENDS
def test_mixed_line_ends_count_as_editors_count_them(end):
    robots = parse_robots(f"User-agent: *\r\n\n\rDisallow: /x{end}Allow: /x/y")
    assert [line.number for line in robots.groups[0].lines] == [4, 5]


def test_a_byte_order_mark_is_no_part_of_the_first_line():
    assert not parse_robots(b"\xef\xbb\xbfUser-agent: *\nDisallow: /").allowed("any", "/")


def test_a_nul_byte_harms_its_own_line_alone():
    robots = parse_robots(b"User-agent: *\nDisallow: /a\0b\nDisa\0llow: /c\nDisallow: /d")
    assert robots.allowed("any", "/a") and robots.allowed("any", "/c") and not robots.allowed("any", "/d")


def test_bytes_that_are_no_utf_8_harm_their_own_line_alone():
    assert not parse_robots(b"User-agent: *\nDisallow: /\xff\nDisallow: /d").allowed("any", "/d")


def test_a_missing_colon_is_forgiven_between_two_words_and_named_otherwise():
    robots = parse_robots("User-agent *\nDisallow /x\nplease do not train on this\nDisallow")
    assert not robots.allowed("any", "/x")
    assert [(line.number, line.value) for line in robots.malformed] == [
        (3, "please do not train on this"),
        (4, "Disallow"),
    ]


@pytest.mark.parametrize("key", ["Disallow", "DISALLOW", "  disallow ", "Dissallow", "disalow"])
def test_keys_in_any_case_and_with_known_slips(key):
    assert not parse_robots(f"User-agent: *\n{key}: /x").allowed("any", "/x")


def test_comments_and_blanks_around_a_value_are_no_part_of_it():
    assert not parse_robots("User-agent: * # all\n Disallow:\t/x # secret").allowed("any", "/x")


def test_a_line_without_end_is_cut():
    robots = parse_robots("User-agent: *\nDisallow: /" + "a" * (3 * LONGEST_LINE))
    assert len(robots.groups[0].lines[0].value) <= LONGEST_LINE


# Groups -----------------------------------------------------------------------------------------------------


def test_an_agent_obeys_the_group_that_names_it_and_no_other():
    robots = parse_robots("User-agent: *\nDisallow: /\n\nUser-agent: one\nDisallow: /x")
    assert robots.allowed("ONE", "/y") and not robots.allowed("one", "/x") and not robots.allowed("two", "/y")


def test_groups_for_the_same_agent_are_one():
    robots = parse_robots(
        "User-agent: a\nDisallow: /x\nUser-agent: b\nDisallow: /y\nUser-agent: A\nDisallow: /z"
    )
    assert [robots.allowed("a", path) for path in ("/x", "/y", "/z")] == [False, True, False]


def test_agents_in_a_row_share_a_group_and_other_keys_do_not_part_them():
    robots = parse_robots("User-agent: a\nCrawl-delay: 1\nUser-agent: b\nSitemap: s\nDisallow: /x")
    assert not robots.allowed("a", "/x") and not robots.allowed("b", "/x")
    assert len(robots.groups) == 1 and [line.key for line in robots.outside] == ["sitemap"]


def test_rules_before_the_first_group_are_nobody_s():
    robots = parse_robots("Disallow: /\nUser-agent: *\nDisallow: /x")
    assert robots.allowed("any", "/") and [line.key for line in robots.outside] == ["disallow"]


def test_no_group_and_an_empty_disallow_allow():
    assert parse_robots("").allowed("any", "/")
    assert parse_robots("User-agent: *\nDisallow:").allowed("any", "/")


def test_an_agent_is_known_by_its_product_token():
    assert product(" GPTBot/1.2 (+https://openai.com/gptbot)") == "gptbot"
    assert not parse_robots("User-agent: GPTBot/1.0\nDisallow: /").allowed("gptbot", "/")
    assert parse_robots("User-agent: GPTBot\nDisallow: /").allowed("gptbot-user", "/")


def test_what_a_crawler_is_known_by_may_be_several_names():
    robots = parse_robots("User-agent: googlebot\nDisallow: /x")
    assert not robots.allowed(["googlebot-news", "googlebot"], "/x")


# Matching ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("Disallow: /\nAllow: /a", "/ab", True),  # the longest
        ("Allow: /a\nDisallow: /ab", "/abc", False),
        ("Disallow: /a\nAllow: /a", "/a", True),  # allow on a tie
        ("Disallow: /*.pdf$", "/x/y.pdf", False),
        ("Disallow: /*.pdf$", "/x/y.pdf?z", True),
        ("Disallow: /a$", "/a", False),
        ("Disallow: /a$", "/ab", True),
        ("Disallow: /a*c", "/abbbc/d", False),
        ("Disallow: /a*c*e", "/aec", True),
        ("Disallow: *", "/x", False),
        ("Disallow: /**x", "/ax", False),
        ("Disallow: a", "/a", True),  # starts with neither / nor *
        ("Disallow: /A", "/a", True),  # case counts
        ("Disallow: /a?b=", "/a?b=1", False),
        ("Disallow: /ä", "/%C3%A4", False),
        ("Disallow: /%c3%a4", "/%C3%A4", False),
        ("Disallow: /x", "https://site.example/x#y", False),
        ("Disallow: /", "https://site.example", False),
    ],
)
def test_the_longest_match_decides(rules, path, allowed):
    assert parse_robots("User-agent: *\n" + rules).allowed("any", path) is allowed


def test_the_line_that_decides_is_named():
    robots = parse_robots("User-agent: *\nDisallow: /\nAllow: /a")
    found = robots.deciding(robots.applying("any"), "/a/b")
    assert found is not None and (found.number, found.key) == (3, "allow")


# Size -------------------------------------------------------------------------------------------------------


def test_only_the_first_500_kib_count_and_the_cut_is_said():
    head = b"User-agent: *\nDisallow: /x\n"
    full = head + b"#" * (MOST_BYTES - len(head))
    assert not parse_robots(full).cut
    more = parse_robots(full + b"\nDisallow: /y")
    assert more.cut and more.allowed("any", "/y") and not more.allowed("any", "/x")


@pytest.mark.parametrize("piece", [b"User-agent: *\nDisallow: /a\n", b"\n", b"a", b"\r", b"\xff"])
def test_fifty_megabytes_take_a_moment(piece):
    raw = piece * (50_000_000 // len(piece))
    start = time.perf_counter()
    assert parse_robots(raw).cut
    assert time.perf_counter() - start < 5


def test_patterns_of_many_stars_are_matched_in_linear_time():
    robots = parse_robots("User-agent: *\nDisallow: /" + "*a" * 4000 + "b$")
    start = time.perf_counter()
    assert robots.allowed("any", "/" + "a" * 100_000)
    assert time.perf_counter() - start < 2


# Anything ---------------------------------------------------------------------------------------------------

keys = st.sampled_from(
    ["User-agent", "Disallow", "Allow", "Sitemap", "Content-Usage", "", "\ufeffuser-agent"]
)
line = st.tuples(keys, st.sampled_from([":", " ", ""]), st.text(max_size=20)).map("".join)


@given(raw=st.binary() | st.lists(line).map("\n".join) | st.text(), agent=st.text(), url=st.text())
def test_nothing_raises(raw, agent, url):
    robots = parse_robots(raw)
    robots.allowed(agent, url)
    assert len({ln.number for g in robots.groups for ln in g.lines}) == sum(
        len(g.lines) for g in robots.groups
    )


@given(
    paths=st.lists(st.text("/a*$", max_size=6), max_size=4), path=st.text("/a", max_size=8).map("/".__add__)
)
def test_an_agent_that_no_group_disallows_is_allowed(paths, path):
    robots = parse_robots("User-agent: *\n" + "\n".join(f"Allow: {p}" for p in paths))
    assert robots.allowed("any", path)
