"""What all signals together say, path by path, and findings said once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from check_sites import ORIGIN, Site, page, rsl, tdm

from commonweal.rules import Act, Attribute, Effect, Pay, Rule, Terms
from commonweal.rules.check import Finding, check
from commonweal.rules.check.collect import Response
from commonweal.rules.check.findings import MESSAGES, Findings
from commonweal.rules.check.found import in_response
from commonweal.rules.dialects.base import Site as Where
from commonweal.rules.publish import publish, save

OPEN = "User-agent: *\nDisallow:\n"
METAS = (
    '<meta name="tdm-reservation" content="1">\n'
    '<meta name="tdm-policy" content="https://guild.example/p.json">'
)


def test_patterns_that_signals_name_and_pages_are_judged() -> None:
    robots = OPEN + "Content-Usage: train-ai=n\nContent-Usage: /free/ train-ai=y\n"
    said = Site({"/robots.txt": robots, "/": page(), "/free/a": page(), "/b": page()}).check().effective
    assert {path: acts["train-gen"] for path, acts in said.items()} == {
        "/": "deny", "/b": "deny", "/free/": "allow", "/free/a": "allow",
    }  # fmt: skip
    assert set(said["/"]) == {str(act) for act in Act}


def test_a_page_speaks_for_itself_alone() -> None:
    site = Site({"/": page(), "/a": page('<meta name="tdm-reservation" content="1">')})
    said = site.check().effective
    assert (said["/"]["mine"], said["/a"]["mine"]) == ("unknown", "deny")


def test_a_reservation_and_its_policy_are_read_together() -> None:
    assert Site({"/": page(METAS)}).check().effective["/"]["mine"] == "conditional"


def test_lines_are_those_of_the_page_whatever_stands_before() -> None:
    wrong = '<meta name="tdm-reservation" content="yes">'
    for blank in (0, 7):
        found = Site({"/": page("\n" * blank + wrong)}).check().findings
        assert [f.line for f in found if f.code == "tdmrep-value"] == [5 + blank]


def test_a_mistake_on_every_page_is_one_finding_with_its_count() -> None:
    files = {
        f"/{i}": page("\n" * (i % 3) + '<meta name="tdm-reservation" content="yes">') for i in range(300)
    }
    found = [f for f in Site(files).check().findings if f.code == "tdmrep-value"]
    assert [f.count for f in found] == [300]
    assert found[0].examples == (f"{ORIGIN}/0:5", f"{ORIGIN}/1:6", f"{ORIGIN}/2:7")


def test_an_unverified_mark_on_a_work_restricts_and_never_grants() -> None:
    mark = '{"label": "cawg.training-mining", "data": {"entries": {"cawg.data_mining": {"use": "WORD"}}}}'
    for word, expected in (("allowed", "unknown"), ("notAllowed", "deny")):
        said = Site({"/": page(), "/mark.json": mark.replace("WORD", word)}).check().effective
        assert said["/mark.json"]["mine"] == expected
        assert said["/"]["mine"] == "unknown"


def test_the_card_of_a_dataset_speaks_of_the_dataset_and_not_of_the_site() -> None:
    card = "---\nlicense: cc0-1.0\nextra_gated_prompt: No.\n---\n"
    said = Site(
        {"/": page(), "/data/README.md": card}, {"/data/README.md": {"Content-Type": "text/markdown"}}
    )
    assert set(said.check().effective["/"].values()) == {"unknown"}


def test_those_who_are_named_stand_apart_from_strangers() -> None:
    report = Site({"/robots.txt": "User-agent: GPTBot\nDisallow: /\n\n" + OPEN}).check()
    assert report.effective["/"]["train-gen"] == "unknown"
    assert report.said.named["gptbot"][Act.TRAIN_GEN] is Effect.DENY


def test_who_says_what_is_told_where_standards_disagree() -> None:
    robots = OPEN + "Content-Usage: train-ai=n\n"
    site = Site({"/robots.txt": robots, "/.well-known/tdmrep.json": tdm(("/", 0))})
    (found,) = [f for f in site.check().findings if f.code == "standards-contradict"]
    assert found.message.endswith(
        f"train-gen: aipref says deny ({ORIGIN}/robots.txt, line 3); "
        f"tdmrep says allow ({ORIGIN}/.well-known/tdmrep.json, line 1)"
    )
    assert site.check().failed


def test_a_standard_without_a_word_for_conditions_does_not_contradict_one_that_has_it() -> None:
    site = Site({"/robots.txt": OPEN + "Content-Usage: train-ai=n\n", "/": page(METAS)})
    assert not {"standards-contradict", "standards-differ"} & site.codes()


TERMS = {
    "refuses": Terms((Rule(frozenset(Act) - {Act.CRAWL, Act.SEARCH}, Effect.DENY),
                      Rule(frozenset({Act.CRAWL, Act.SEARCH}), Effect.ALLOW))),
    "is paid": Terms((Rule(frozenset(Act) - {Act.CRAWL}, Effect.CONDITIONAL,
                           duties=frozenset({Pay("per-crawl"), Attribute()})),)),
    "refuses mining alone": Terms((Rule(frozenset({Act.MINE}), Effect.DENY),
                                   Rule(frozenset(Act) - {Act.MINE}, Effect.ALLOW))),
    "is free": Terms((Rule(frozenset(Act), Effect.ALLOW),)),
}  # fmt: skip


@pytest.mark.parametrize("name", TERMS)
def test_what_we_publish_passes_our_own_check(tmp_path: Path, name: str) -> None:
    where = Where(ORIGIN, f"{ORIGIN}/terms.json", datetime.now(UTC))
    save(publish(TERMS[name], where, robots=OPEN), tmp_path)
    (tmp_path / "index.html").write_text(page())
    report = check(str(tmp_path), origin=ORIGIN)
    assert [f for f in report.findings if f.severity == "error"] == []


def finding(message: str, where: str = "/", line: int | None = None) -> Finding:
    return Finding("code", "error", where, line, message, "mend it")


def test_findings_are_sorted_and_equal_ones_are_counted() -> None:
    findings = Findings()
    for where in ("/b", "/a", "/b", "/c", "/d"):
        findings.add(finding("wrong", where))
    findings.add(Finding("a-note", "note", "/", None, "x", "y"))
    first, note = findings.sorted()
    assert (first.count, first.examples, note.severity) == (5, ("/b", "/a", "/c"), "note")


def test_many_different_messages_of_one_code_are_counted_together() -> None:
    findings = Findings()
    for i in range(1000):
        findings.add(finding(f"wrong {i}"))
    found = findings.sorted()
    assert len(found) == MESSAGES + 1
    assert sum(f.count for f in found) == 1000


def test_text_of_a_site_can_bring_no_control_characters_into_a_message() -> None:
    findings = Findings()
    findings.add(finding("a\x1b[31mb\n\u202ec" + "x" * 5000))
    (found,) = findings.sorted()
    assert found.message.startswith("a [31mb c")
    assert len(found.message) <= 400


@pytest.mark.parametrize(
    ("path", "kind", "body"),
    [
        ("/", "text/html", page('<link rel=license type="application/rsl+xml" href=/r.xml>')),
        ("/robots.txt", "text/plain", "License: https://a.example/r.xml # ours\n"),
        ("/feed.xml", "application/rss+xml",
         '<rss><atom:link rel="license" type="application/rsl+xml" href="/r.xml"/></rss>'),
    ],
)  # fmt: skip
def test_rsl_is_found_wherever_it_is_announced(path: str, kind: str, body: str) -> None:
    found = in_response(Response("https://a.example" + path, 200, (("content-type", kind),), body.encode()))
    assert [a.url for a in found.announced] == ["https://a.example/r.xml"]


def test_rsl_is_found_in_a_link_header() -> None:
    link = (
        '<https://a.example/a>; rel="next", <https://a.example/r.xml>; rel=license; type=application/rsl+xml'
    )
    found = in_response(Response("https://a.example/", 200, (("link", link),), b""))
    assert [a.url for a in found.announced] == ["https://a.example/r.xml"]


@pytest.mark.parametrize("origin", ["", ORIGIN, "https://www.guild.example", "http://guild.example"])
def test_what_is_announced_is_found_under_any_address_of_the_site(origin: str) -> None:
    site = Site({"/robots.txt": OPEN + f"License: {ORIGIN}/rsl.xml\n", "/rsl.xml": rsl()}, origin=origin)
    assert not {c for c in site.codes() if c.startswith("announced") or c == "rsl-unannounced"}
