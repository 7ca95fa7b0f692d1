"""Publishing: one folder, one robots.txt, nothing of the present one lost, no more granted than said."""

from __future__ import annotations

import json

from hypothesis import given, settings

import rule_strategies as strategies
from commonweal.rules import Act, Effect, Policy, from_toml
from commonweal.rules.dialects import every
from commonweal.rules.dialects.base import Artefact, Kind, Site
from commonweal.rules.publish import merge_robots, publish, save
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
        pieces = Policy.of([s for a in parts for s in dialect.read(a).signals])
        for act in Act:
            assert whole.over(act, "/").effect.grant <= pieces.over(act, "/").effect.grant
            if pieces.over(act, "/").effect is Effect.DENY:
                assert whole.over(act, "/").effect is Effect.DENY


def test_what_a_robots_txt_had_is_kept():
    present = "User-agent: *\nDisallow: /private/\n\nUser-agent: GoodBot\nAllow: /\n\nSitemap: https://guild.example/s.xml\n"
    lines = [Artefact(Kind.ROBOTS, "Content-Usage: / train-ai=n", name="group")]
    lines += [Artefact(Kind.ROBOTS, "User-agent: GPTBot\nDisallow: /", name="agents")]
    merged = merge_robots(lines, present, SITE)
    robots = parse_robots(merged)
    assert not robots.allowed("anybot", "/private/x")
    assert robots.allowed("anybot", "/open")
    assert robots.allowed("goodbot", "/private/x")
    assert not robots.allowed("gptbot", "/open")
    assert "Sitemap: https://guild.example/s.xml" in merged


def test_what_holds_for_everybody_stands_in_every_group():
    lines = [Artefact(Kind.ROBOTS, "Content-Usage: / train-ai=n", name="group")]
    merged = merge_robots(lines, "User-agent: GoodBot\nAllow: /\n", SITE)
    for agent in ("goodbot", "anybot"):
        said = [line for group in parse_robots(merged).applying(agent) for line in group.lines]
        assert ("content-usage", "/ train-ai=n") in [(line.key, line.value) for line in said]


def test_merging_twice_changes_nothing():
    terms = from_toml(CLOSED)
    once = publish(terms, SITE).files["robots.txt"]
    twice = publish(terms, SITE, robots=once).files["robots.txt"]
    assert parse_robots(once).groups == parse_robots(twice).groups


def test_a_folder_holds_files_headers_losses_and_the_terms_themselves(tmp_path):
    terms = from_toml(CLOSED)
    written = save(publish(terms, SITE), tmp_path)
    names = {path.relative_to(tmp_path).as_posix() for path in written}
    assert {"robots.txt", "headers.json", "losses.json", "terms.json"} <= names
    assert (tmp_path / "terms.json").read_bytes().strip() == terms.canonical()
    assert set(json.loads((tmp_path / "losses.json").read_text())) == set(every())
