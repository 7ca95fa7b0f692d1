"""Publishing: one folder, one robots.txt, nothing of the present one lost, no more granted than said."""

from __future__ import annotations

import json

from hypothesis import given, settings

import rule_strategies as strategies
from commonweal.rules import Act, Effect, Policy, from_toml
from commonweal.rules.dialects import every, named
from commonweal.rules.dialects.base import Artefact, Kind, Site
from commonweal.rules.export import as_published
from commonweal.rules.publish import publish, save
from commonweal.rules.robots_txt import parse_robots

SITE = Site("https://guild.example", "https://guild.example/terms.json", strategies.NOW)
CLOSED = '[[rule]]\nacts = ["train-gen", "train-disc"]\neffect = "deny"\n'


@given(strategies.terms, strategies.requests)
@settings(max_examples=40, deadline=None)
def test_all_dialects_together_grant_no_more_than_the_terms(terms, request_):
    bundle = publish(terms, SITE)
    assert (
        Policy.of(bundle.signals).decide(request_).effect.grant
        <= Policy.of(terms).decide(request_).effect.grant
    )


@given(strategies.terms)
@settings(max_examples=20, deadline=None)
def test_the_merged_robots_txt_says_what_its_parts_said(terms):
    bundle = publish(terms, SITE)
    raw = bundle.files.get("robots.txt", b"").decode()
    for dialect in every().values():
        parts = [
            a for a in dialect.write(terms, SITE).artefacts if a.kind is Kind.ROBOTS and dialect.reads(a)
        ]
        if not parts or dialect.about.name == "aipref":
            continue  # a line of CC signals may stand in the place of AIPREF's
        whole = Policy.of(dialect.read(Artefact(Kind.ROBOTS, raw)).signals)
        pieces = Policy.of([s for a in parts for s in dialect.read(as_published(a)).signals])
        for act in Act:
            assert whole.over(act, "/").effect.grant <= pieces.over(act, "/").effect.grant
            if pieces.over(act, "/").effect is Effect.DENY:
                assert whole.over(act, "/").effect is Effect.DENY


CLOSED_TO_ALL = "User-agent: *\nDisallow: /private/\n\nUser-agent: GoodBot\nAllow: /\n"


def lines_for(agent: str, robots: bytes) -> list[tuple[str, str]]:
    return [(line.key, line.value) for g in parse_robots(robots).applying(agent) for line in g.lines]


def test_what_a_robots_txt_had_is_kept_for_every_agent():
    present = CLOSED_TO_ALL + "Sitemap: https://guild.example/s.xml\n"
    raw = publish(from_toml(CLOSED), SITE, robots=present).files["robots.txt"]
    robots = parse_robots(raw)
    assert not robots.allowed("anybot", "/private/x")
    assert not robots.allowed("gptbot", "/private/x")
    assert robots.allowed("anybot", "/open")
    assert robots.allowed("goodbot", "/private/x")
    assert not robots.allowed("gptbot", "/open")
    assert b"Sitemap: https://guild.example/s.xml" in raw


def test_what_the_terms_refuse_an_agent_no_line_of_the_present_file_opens():
    present = "User-agent: GPTBot\nAllow: /\n"
    raw = publish(from_toml(CLOSED), SITE, robots=present).files["robots.txt"]
    assert not parse_robots(raw).allowed("gptbot", "/")


def test_what_holds_for_everybody_stands_in_every_group_that_may_fetch():
    raw = publish(from_toml(CLOSED), SITE, [named("aipref")], robots=CLOSED_TO_ALL).files["robots.txt"]
    for agent in ("goodbot", "anybot"):
        assert ("content-usage", "/ train-ai=n") in lines_for(agent, raw)


def test_a_preference_is_not_repeated_where_its_agents_may_not_fetch():
    raw = publish(from_toml(CLOSED), SITE, [named("aipref"), named("agents")]).files["robots.txt"]
    assert ("disallow", "/") in lines_for("gptbot", raw)
    assert "content-usage" not in dict(lines_for("gptbot", raw))


def test_merging_twice_says_the_same_to_every_agent():
    terms = from_toml(CLOSED)
    once = publish(terms, SITE).files["robots.txt"]
    twice = publish(terms, SITE, robots=once).files["robots.txt"]
    for agent in ("gptbot", "ccbot", "bingbot", "anybot"):
        assert set(lines_for(agent, once)) == set(lines_for(agent, twice)) - {("disallow", "")}


def test_the_readable_text_says_each_rule_and_the_hash():
    terms = from_toml('title = "House terms"\n[declarer]\nname = "Guild"\n' + CLOSED)
    text = publish(terms, SITE, []).files["contract.md"].decode()
    assert "# House terms" in text
    assert "Declared by Guild." in text
    assert "train" in text
    assert terms.sha256 in text


def test_a_folder_holds_files_headers_losses_and_the_terms_themselves(tmp_path):
    terms = from_toml(CLOSED)
    written = save(publish(terms, SITE), tmp_path)
    names = {path.relative_to(tmp_path).as_posix() for path in written}
    assert {"robots.txt", "headers.json", "losses.json", "terms.json", "contract.md"} <= names
    assert (tmp_path / "terms.json").read_bytes().strip() == terms.canonical()
    assert set(json.loads((tmp_path / "losses.json").read_text())) == set(every())
