"""robots.txt by agent: who is told what, what a line about one agent says, and mistakes in the wild."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rule_strategies as strategies
from commonweal.rules import Act, Attribute, Effect, Pay, Policy, Request, Rule, Scope, Terms, Who
from commonweal.rules.agent_list import Agent, AgentList
from commonweal.rules.dialects.agents import DIALECT, MOST_LINES, MOST_PROBLEMS, Agents
from commonweal.rules.dialects.base import Artefact, Kind, Site
from commonweal.rules.export import write
from commonweal.rules.robots_txt import MOST_BYTES, parse_robots

SITE = Site("https://guild.example", "https://guild.example/terms.json", strategies.NOW)
FEW = Agents(
    AgentList(
        (
            Agent("TrainBot", frozenset({Act.TRAIN_GEN}), "One", "one.example"),
            Agent("One-User", frozenset({Act.GROUND}), "One", "one.example", "fetcher"),
            Agent("SearchBot", frozenset({Act.SEARCH}), "Two", "two.example"),
            Agent("BothBot", frozenset({Act.SEARCH, Act.TRAIN_GEN}), "Three", "three.example"),
            Agent("Three-Extended", frozenset({Act.TRAIN_GEN}), "Three", "three.example", "control"),
            Agent("Mine2Bot", frozenset({Act.MINE, Act.TRAIN_DISC}), "Four", "four.example"),
        ),
        "2026-11",
    )
)


def rule(*acts: Act, effect: Effect = Effect.DENY, **more) -> Rule:
    duties = frozenset({Pay("fixed")}) if effect is Effect.CONDITIONAL else frozenset()
    return Rule(frozenset(acts), effect, duties=duties, **more)


def text(*rules: Rule, dialect: Agents = FEW) -> str:
    return "".join(a.text for a in write(dialect, Terms(rules), SITE).written.artefacts)


def told(*rules: Rule) -> set[str]:
    """Return the agents that may not fetch the root."""
    robots = parse_robots(text(*rules))
    names = [agent.name for agent in FEW.agents.agents if agent.name != "Mine2Bot"]
    return {name for name in [*names, "Other"] if not robots.allowed(name, "/")}


def reading(robots: str, dialect: Agents = FEW):
    return dialect.read(Artefact(Kind.ROBOTS, robots, where="robots.txt"))


def asked(robots: str, act: Act, name: str, url: str = "/") -> Effect:
    signals = reading(robots).signals
    return Policy.of(signals).decide(Request(act, name=name, url=url, at=strategies.NOW)).effect


def codes(robots: str) -> list[tuple[str, int | None]]:
    return [(p.code, p.line) for p in reading(robots).problems]


# Writing ----------------------------------------------------------------------------------------------------


def test_refusing_training_tells_trainers_and_controls_and_leaves_search_alone():
    assert told(rule(Act.TRAIN_GEN)) == {"TrainBot", "Three-Extended"}
    assert text(rule(Act.TRAIN_GEN)) == "User-agent: TrainBot\nUser-agent: Three-Extended\nDisallow: /\n"


def test_agents_that_only_search_are_told_when_search_is_refused_and_else_never():
    assert told(rule(Act.SEARCH)) == {"SearchBot", "BothBot"}
    assert "SearchBot" not in told(rule(*(set(Act) - {Act.SEARCH, Act.CRAWL})))


def test_an_agent_that_searches_and_trains_is_a_loss_while_search_is_open():
    export = write(FEW, Terms((rule(Act.TRAIN_GEN),)), SITE)
    assert any(loss.what == "train-gen by BothBot" for loss in export.losses)
    both = write(FEW, Terms((rule(Act.TRAIN_GEN, Act.SEARCH),)), SITE)
    assert not any("BothBot" in loss.what for loss in both.losses)


def test_fetchers_for_users_are_told_when_grounding_is_refused():
    assert told(rule(Act.GROUND)) == {"One-User"}


@pytest.mark.parametrize("act", [Act.TRAIN_GEN, Act.GROUND, Act.SEARCH])
def test_what_owes_something_is_refused_and_what_is_free_is_not_mentioned(act):
    assert told(rule(act, effect=Effect.CONDITIONAL)) == told(rule(act))
    assert text(rule(act, effect=Effect.ALLOW)) == ""


def test_who_owes_only_what_can_be_done_unasked_is_left_alone():
    credit = Rule(frozenset({Act.TRAIN_GEN}), Effect.CONDITIONAL, duties=frozenset({Attribute()}))
    assert text(credit) == ""


def test_crawling_refused_to_all_is_said_to_all_and_to_controls_of_use_nothing():
    assert text(rule(Act.CRAWL)) == "User-agent: *\nDisallow: /\n"
    assert text(rule(Act.CRAWL, Act.TRAIN_GEN)).count("User-agent") == 3


def test_crawling_that_owes_something_is_refused_to_those_who_do_not_search():
    assert told(rule(Act.CRAWL, effect=Effect.CONDITIONAL)) == {"TrainBot", "One-User"}


def test_crawling_refused_to_a_class_is_not_said_to_all():
    who = Who(parties=frozenset({"commercial"}))
    assert "*" not in text(rule(Act.CRAWL, who=who)) and "TrainBot" in told(rule(Act.CRAWL, who=who))


def test_terms_that_name_an_operator_speak_of_its_agents_alone():
    named = Who(names=frozenset({"one.example"}))
    assert told(rule(Act.TRAIN_GEN, who=named)) == {"TrainBot"}
    assert told(rule(Act.TRAIN_GEN, unless=named)) == {"Three-Extended"}


def test_an_operator_to_whom_crawling_is_allowed_is_taken_out_of_everyone():
    named = Who(names=frozenset({"one.example"}))
    rules = rule(Act.CRAWL, unless=named), rule(Act.CRAWL, effect=Effect.ALLOW, who=named)
    assert told(*rules) == {"SearchBot", "BothBot", "Three-Extended", "Other"}


def test_paths_are_refused_where_they_are_and_what_is_left_out_stays_open():
    scope = Scope(urls=frozenset({"/a/"}), but=frozenset({"/a/b"}))
    written = text(rule(Act.TRAIN_GEN, scope=scope))
    assert "Disallow: /a/\nAllow: /a/b\n" in written and "Allow: /\n" not in written
    robots = parse_robots(written)
    assert [robots.allowed("TrainBot", p) for p in ("/", "/a/", "/a/b", "/a/c")] == [True, False, True, False]


def test_a_pattern_can_not_end_its_line():
    written = text(rule(Act.TRAIN_GEN, scope=Scope(urls=frozenset({"/a\nUser-agent: *\nDisallow: /#"}))))
    assert "*" not in {agent for group in parse_robots(written).groups for agent in group.agents}


def test_the_list_that_comes_with_the_package_keeps_search_open():
    robots = parse_robots(text(rule(Act.TRAIN_GEN, Act.TRAIN_DISC), dialect=DIALECT))
    refused = ["GPTBot", "ClaudeBot", "Google-Extended", "Applebot-Extended", "CCBot", "meta-externalagent"]
    left = ["Googlebot", "Bingbot", "Applebot", "OAI-SearchBot", "Claude-SearchBot", "ChatGPT-User"]
    assert not any(robots.allowed(name, "/") for name in refused)
    assert all(robots.allowed(name, "/") for name in left)


def test_those_who_are_not_on_the_list_are_a_loss():
    losses = write(FEW, Terms((rule(Act.TRAIN_GEN),)), SITE).losses
    assert any("not on the list" in loss.what for loss in losses)


# Reading ----------------------------------------------------------------------------------------------------

BLOCKED = "User-agent: TrainBot\nDisallow: /\n\nUser-agent: One-User\nAllow: /\n"


def test_a_line_about_an_agent_refuses_its_acts_to_its_operator_and_fetching_to_it_alone():
    for name in ("trainbot", "one.example", "One"):
        assert asked(BLOCKED, Act.TRAIN_GEN, name) is Effect.DENY
    assert asked(BLOCKED, Act.CRAWL, "TrainBot") is Effect.DENY
    assert asked(BLOCKED, Act.CRAWL, "One-User") is Effect.UNKNOWN
    assert asked(BLOCKED, Act.TRAIN_GEN, "two.example") is Effect.UNKNOWN


def test_allow_grants_nothing():
    for act in Act:
        assert (
            asked("User-agent: *\nAllow: /\n\nUser-agent: TrainBot\nAllow: /", act, "TrainBot")
            is Effect.UNKNOWN
        )


def test_a_control_speaks_of_use_and_not_of_fetching():
    robots = "User-agent: Three-Extended\nDisallow: /"
    assert asked(robots, Act.TRAIN_GEN, "three.example") is Effect.DENY
    assert asked(robots, Act.CRAWL, "three-extended") is Effect.UNKNOWN
    assert asked(robots, Act.SEARCH, "three.example") is Effect.UNKNOWN


def test_everyone_is_refused_to_fetch_except_who_is_named():
    robots = "User-agent: *\nDisallow: /\n\nUser-agent: SearchBot\nUser-agent: Odd\nAllow: /"
    assert asked(robots, Act.CRAWL, "other") is Effect.DENY
    assert asked(robots, Act.CRAWL, "searchbot") is asked(robots, Act.CRAWL, "odd") is Effect.UNKNOWN
    assert asked(robots, Act.TRAIN_GEN, "other") is Effect.UNKNOWN


def test_the_longest_line_decides_and_allow_stands_on_a_tie():
    robots = "User-agent: TrainBot\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\nDisallow: /t\nAllow: /t"
    paths = ["/", "/a", "/a/b", "/a/b/c", "/t"]
    found = [asked(robots, Act.TRAIN_GEN, "one", path) is Effect.DENY for path in paths]
    assert found == [not parse_robots(robots).allowed("TrainBot", path) for path in paths]


def test_reasons_name_the_line():
    signals = reading("# hello\nUser-agent: TrainBot\nDisallow: /x\nDisallow: /y").signals
    request = Request(Act.TRAIN_GEN, name="one.example", url="/y", at=strategies.NOW)
    assert [r.line for r in Policy.of(signals).decide(request).reasons] == [4]


def test_a_name_with_a_digit_is_known():
    assert asked("User-agent: Mine2Bot\nDisallow: /", Act.MINE, "four.example") is Effect.DENY


def test_lines_of_a_very_long_group_are_read_together():
    robots = "User-agent: TrainBot\n" + "".join(f"Disallow: /{i}\n" for i in range(MOST_LINES + 1))
    (signal,) = reading(robots).signals
    assert len(signal.terms.rules) == 2
    assert asked(robots, Act.TRAIN_GEN, "one", "/7x") is Effect.DENY


paths = st.sampled_from(["/", "/a", "/a/", "/a/b", "/*b", "/a$", "", "a"])
groups = st.tuples(
    st.sampled_from(["TrainBot", "trainbot/2", "One-User", "*", "Odd", "Mine2Bot"]),
    st.lists(st.tuples(st.sampled_from(["Allow", "Disallow"]), paths), max_size=4),
)


@given(st.lists(groups, max_size=4), st.sampled_from(["/", "/a", "/a/", "/a/b", "/b"]))
def test_fetching_is_read_as_a_robot_reads_it(given, url):
    robots = "\n\n".join(
        "\n".join([f"User-agent: {name}", *(f"{k}: {v}" for k, v in lines), *([] if lines else ["Allow:"])])
        for name, lines in given
    )
    for name in ("trainbot", "one-user", "odd", "nobody"):
        allowed = parse_robots(robots).allowed(name, url)
        # Groups of the unknown say nothing; nobody's own group is the one of everybody.
        if name != "odd":
            assert (asked(robots, Act.CRAWL, name, url) is Effect.DENY) is not allowed


# Mistakes in the wild ---------------------------------------------------------------------------------------

BAN = "# No AI training, please: all rights reserved.\n"
MISTAKES = [
    ("agents-fetchers-open", "# x\nUser-agent: TrainBot\nDisallow: /", 3, BLOCKED),
    ("agents-prose-ban", f"\n{BAN}User-agent: *\nDisallow:", 2, f"{BAN}{BLOCKED}"),
    ("agents-prose-ban", f"{BAN}\nUser-agent: *\nDisallow:", 1,
     f"{BAN}\nUser-agent: *\nContent-Usage: train-ai=n\nDisallow:"),
    ("agents-malformed", "User-agent: *\nAllow: /\nno robots here please", 3, "User-agent: *\nAllow: /"),
    ("agents-outside", "Disallow: /x\nUser-agent: *\nAllow: /", 1, "User-agent: *\nAllow: /"),
    ("agents-path", "User-agent: *\nDisallow: private", 2, "User-agent: *\nDisallow: /private"),
    ("agents-unknown", "User-agent: Odd\nDisallow: /", 1, "User-agent: SearchBot\nDisallow: /"),
    ("agents-cut", "User-agent: *\nAllow: /\n" + "#" * MOST_BYTES, None, "User-agent: *\nAllow: /"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "robots", "line", "mended"), MISTAKES)
def test_a_mistake_is_named_with_its_line_and_its_repair_is_silent(code, robots, line, mended):
    assert codes(robots) == [(code, line)]
    assert codes(mended) == []


def test_a_fetcher_under_everyone_s_refusal_is_no_mistake():
    assert codes("User-agent: TrainBot\nUser-agent: *\nDisallow: /") == []


def test_a_comment_that_bans_nothing_is_no_mistake():
    assert codes("# Our AI is trained on this\nUser-agent: *\nDisallow:") == []


def test_a_ban_over_several_lines_of_comments_is_found_at_the_first():
    robots = "# Text and data mining\n# of this site\n# is prohibited.\n\nUser-agent: *\nDisallow:"
    assert codes(robots) == [("agents-prose-ban", 1)]


# Anything ---------------------------------------------------------------------------------------------------


@given(raw=st.binary() | st.text().map(lambda t: t.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read(raw):
    reading(raw.decode("utf-8", "surrogateescape"), DIALECT)


words = st.sampled_from(
    ["User-agent:", "Disallow:", "Allow:", "GPTBot", "*", "/", "/x$", "#", "AI not", "\n", " "]
)


@given(st.lists(words).map("".join))
def test_any_robots_txt_is_read_and_grants_nothing(robots):
    for signal in reading(robots, DIALECT).signals:
        assert {rule.effect for rule in signal.terms.rules} == {Effect.DENY}


@pytest.mark.parametrize(
    "robots",
    [
        "User-agent: GPTBot\n" + "Disallow: /a\n" * 40_000,
        "User-agent: GPTBot\n" + "".join(f"Disallow: /{i}\nAllow: /{i}/x\n" for i in range(20_000)),
        "".join(f"User-agent: a{i}\nDisallow: /\n" for i in range(18_000)),
        "no rule\n" * 60_000,
        "# ai\n" * 100_000 + "User-agent: *\nDisallow:",
    ],
    ids=["lines", "exceptions", "groups", "noise", "comments"],
)
def test_the_largest_files_are_read_in_a_moment(robots):
    start = time.perf_counter()
    assert len(reading(robots, DIALECT).problems) <= MOST_PROBLEMS + 3
    assert time.perf_counter() - start < 10
