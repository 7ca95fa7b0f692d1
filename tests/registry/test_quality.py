"""What a steward is told: copies, shared text, accounts that look like one, an estimate with its errors."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from importlib import resources
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.registry import planted

from commonweal.errors import InputError
from commonweal.registry.accounts import Accounts
from commonweal.registry.machine_made import Rate, Statistic, estimate, figures, learn
from commonweal.registry.page import render
from commonweal.registry.quality import quality
from commonweal.registry.reading import Row

AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


def rows(works, dates=None):
    return [
        Row(n, " ".join(text), tuple(owner.split("; ")), f"k{n}", dates and dates[n])
        for n, (owner, text) in enumerate(works)
    ]


def slow_clusters(works, threshold):
    """Return the groups of works that near duplicates link, by comparing all pairs."""
    group = list(range(len(works)))
    sets = [planted.shingles(text) for _, text in works]
    for a in range(len(works)):
        for b in range(a):
            if len(sets[a] & sets[b]) >= threshold * len(sets[a] | sets[b]):
                old, new = group[a], group[b]
                group = [new if g == old else g for g in group]
    found = {}
    for n, g in enumerate(group):
        found.setdefault(g, []).append(f"k{n}")
    return sorted(members for members in found.values() if len(members) > 1)


@pytest.mark.parametrize("seed", range(6))
def test_groups_of_copies_equal_those_of_a_comparison_of_all_pairs(seed):
    rng = random.Random(seed)
    works = []
    for n in range(12):
        text = planted.words(rng, rng.randrange(30, 120))
        for copy in range(rng.randrange(1, 5)):
            changed = [w if rng.random() > 0.01 * copy else "new" for w in text]
            works.append((f"o{(n + copy) % 5}", changed))
    rng.shuffle(works)
    report = quality(rows(works))
    found = {tuple(sorted((k for k, _ in c.works), key=lambda k: int(k[1:]))): c for c in report.clusters}
    assert sorted(map(list, found)) == slow_clusters(works, 0.8)
    for names, cluster in found.items():
        owners = {works[int(name[1:])][0] for name in names}
        assert cluster.owners == len(owners)
        sets = [planted.shingles(works[int(name[1:])][1]) for name in names]
        alike = [len(a & b) / len(a | b) for a, b in combinations(sets, 2)]
        linked = [similar for similar in alike if similar >= 0.8]
        assert (cluster.least, cluster.most) == (min(linked), max(linked))


def test_groups_that_a_chain_joins_keep_the_least_and_the_most_of_both():
    text = planted.words(random.Random(1), 120)
    works = [("ada", text[:100]), ("bo", text[:100]), ("cy", text[16:116]), ("di", text[8:108])]
    (cluster,) = quality(rows(works)).clusters
    assert [key for key, _ in cluster.works] == ["k0", "k1", "k2", "k3"]
    assert (cluster.least, cluster.most) == (88 / 104, 1.0)


@pytest.mark.parametrize("seed", range(6))
def test_shares_that_stand_in_others_works_equal_a_slow_reading(seed):
    rng = random.Random(seed)
    sources = [planted.words(rng, 200) for _ in range(3)]
    works = [(f"o{n}", text) for n, text in enumerate(sources)]
    works += [(f"o{rng.randrange(6)}", planted.quoting(rng, sources) or ["x"]) for _ in range(25)]
    report = quality(rows(works), mostly=0.3, common_from=1000)
    wanted = {}
    for n, (owner, text) in enumerate(works):
        shared = set().union(*(planted.shared(text, other) for o, other in works if o != owner))
        if len(shared) >= 0.3 * len(text):
            wanted[f"k{n}"] = len(shared) / len(text)
    assert {b.work: b.share for b in report.borrowed} == wanted
    assert wanted


def test_ones_own_text_carried_on_is_no_borrowing_and_joint_owners_are_no_others():
    text = planted.words(random.Random(1), 60)
    report = quality(rows([("ada", text), ("ada", [*text, "more"]), ("ada; bo", ["so", *text])]))
    assert report.borrowed == ()
    assert report.accounts == ()
    assert [c.owners for c in report.clusters] == [2]


def test_the_earlier_of_two_is_said_by_its_date():
    text = planted.words(random.Random(1), 60)
    dates = [datetime(2020, 1, 1), datetime(2021, 1, 1)]
    report = quality(rows([("ada", text), ("bo", text)], dates))
    assert {b.owner: b.sources for b in report.borrowed} == {
        "ada": (("bo", 1.0, "later"),),
        "bo": (("ada", 1.0, "earlier"),),
    }


def test_accounts_with_the_same_works_and_names_look_like_one():
    rng = random.Random(2)
    texts = [planted.words(rng, 80) for _ in range(6)]
    works = [("Ada Byron", t) for t in texts[:3]] + [("Ada  Byron.", t) for t in texts[:3]]
    works += [("Carl Friedrich", t) for t in texts[3:]]
    (pair,) = quality(rows(works)).accounts
    assert pair.accounts == ("Ada  Byron.", "Ada Byron")
    assert [(e.kind, e.count, e.of) for e in pair.evidence] == [("works", 3, 3), ("name", 1, 1)]


def test_timing_alone_is_told_where_a_clock_shows_it_and_not_for_a_crowd():
    start = datetime(2024, 5, 1, 9, 30)
    accounts = Accounts()
    for n in range(6):
        for owner in ("kim", "lou"):
            accounts.work([owner], start + timedelta(hours=7 * n))
        accounts.work(["mia"], start + timedelta(hours=7 * n, minutes=11))
    for owner in ("kim", "mia", "nan 1", "oz", "pat", "quinn"):
        for day in range(4):
            accounts.work([owner], datetime(2020, 1, 1 + day, 12))  # an import: all at once
    (pair,) = accounts.report()
    assert pair.accounts == ("kim", "lou")
    assert [(e.kind, e.count, e.of) for e in pair.evidence] == [("timing", 6, 6)]


def test_days_in_common_are_no_reason_by_themselves():
    accounts = Accounts()
    for n in range(8):
        for owner in ("kim", "lou"):
            accounts.work([owner], datetime(2024, 5, 1 + n))
    assert accounts.report() == []
    accounts.alike(0, ["kim"], 1, ["lou"])
    (pair,) = accounts.report()
    assert [(e.kind, e.count, e.of) for e in pair.evidence] == [("works", 1, 8), ("timing", 8, 8)]


def person(rng: random.Random) -> str:
    """Return a text of uneven sentences."""
    lengths = [rng.choice([3, 5, 9, 22, 40]) for _ in range(20)]
    return " ".join(" ".join(planted.words(rng, n, 900)) + "." for n in lengths)


def machine(rng: random.Random) -> str:
    """Return a text of even sentences."""
    return " ".join(" ".join(planted.words(rng, rng.choice([14, 15, 16]), 900)) + "." for _ in range(20))


def examples(rng, n, made=machine):
    return [Row(i, person(rng), ("human",), "") for i in range(n)] + [
        Row(n + i, made(rng), ("machine",), "") for i in range(n)
    ]


def test_the_error_rates_hold_on_texts_that_the_statistic_never_saw():
    rng = random.Random(9)

    def uneven(rng):
        return person(rng) if rng.random() < 0.3 else machine(rng)

    statistic = learn(examples(rng, 150, uneven))
    false = sum(bool(statistic.reads_so(person(rng))) for _ in range(600)) / 600
    missed = sum(not statistic.reads_so(uneven(rng)) for _ in range(600)) / 600
    assert statistic.false_alarms.low <= false <= statistic.false_alarms.high
    assert statistic.misses.low <= missed <= statistic.misses.high
    assert statistic.misses.value > 0.1


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_estimated_share_covers_the_true_one(share):
    rng = random.Random(f"{share}")
    statistic = learn(examples(rng, 100))
    works = [("ada", (machine if n < 200 * share else person)(rng).split()) for n in range(200)]
    found = quality(rows(works), statistic=statistic).machine
    assert found.low <= share <= found.high
    assert found.high - found.low < 0.35
    assert found.above.n == 200


def test_no_estimate_where_the_two_kinds_are_alike():
    rng = random.Random(11)
    statistic = learn(examples(rng, 60, person))
    assert not statistic.tells
    found = estimate(statistic, 5, 100, 0)
    assert (found.share, found.low, found.high) == (None, None, None)


def test_without_examples_there_is_no_estimate():
    assert quality(rows([("ada", list("abcdefg"))])).machine is None


def test_too_few_examples_and_other_labels_are_refused():
    rng = random.Random(12)
    with pytest.raises(InputError, match="29 machine-made and 29 own examples"):
        learn(examples(rng, 29))
    with pytest.raises(InputError, match="row 1 has neither label"):
        learn([Row(0, person(rng), ("maybe",), "")])


def test_short_texts_are_not_scored():
    assert figures("a few words only") is None
    assert figures(person(random.Random(1))).shape == (7,)


@given(n=st.integers(1, 300), data=st.data())
def test_an_interval_solves_wilsons_equation(n, data):
    count = data.draw(st.integers(0, n))
    rate = Rate.of(count, n)
    for end in (rate.low, rate.high):
        bound = 1.959963984540054**2 * end * (1 - end) / n
        assert (rate.value - end) ** 2 == pytest.approx(bound, abs=1e-12)
    assert 0 <= rate.low <= rate.value <= rate.high <= 1


def test_the_corrected_share_is_that_of_rogan_and_gladen():
    exact = [Rate(v, v, v, 100) for v in (0.1, 0.2)]
    statistic = Statistic(None, None, None, 0.0, *exact)
    # 30 % machine-made: .3 x .8 + .7 x .1 = .31 score above
    assert estimate(statistic, 31, 100, 0).share == pytest.approx(0.3)


def test_no_works_and_a_share_of_nothing_are_refused():
    with pytest.raises(InputError, match="no works"):
        quality([])
    with pytest.raises(InputError, match="a share of 0"):
        quality([], mostly=0)


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    rng = random.Random(3)
    texts = [planted.words(rng, 90) for _ in range(8)]
    works = [(f"Ada <b>{n % 3}</b> Byron {'x' * 90}", t) for n, t in enumerate(texts * 3)]
    statistic = learn(examples(rng, 40))
    reports = {
        "much": quality(rows(works), statistic=statistic),
        "nothing": quality(rows([("ada", texts[0])])),
    }
    folder = tmp_path_factory.mktemp("pages")
    for name, report in reports.items():
        (folder / f"{name}.html").write_text(render(report, "pool & <i>co"), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in reports}


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["much", "nothing"])
def test_axe_finds_nothing_and_no_page_scrolls_sideways(chromium: Any, pages: Any, name: str, width: int):
    context = chromium.new_context(viewport={"width": width, "height": 900}, bypass_csp=True, offline=True)
    tab = context.new_page()
    tab.goto(pages[name].as_uri())
    tab.evaluate(AXE)
    found = tab.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    wide = tab.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found["violations"]] == []
    assert wide <= width


def test_the_page_asks_for_nothing_and_runs_nothing(chromium: Any, pages: Any):
    page = pages["much"].read_text("utf-8")
    assert "<script" not in page
    assert "http" not in page.replace('http-equiv="', "")
    assert "<i>co" not in page
    assert "<b>0" not in page
    context = chromium.new_context(offline=True)
    tab = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    tab.on("request", lambda r: asked.append(r.url))
    tab.on("console", lambda m: said.append(m.text))
    tab.goto(pages["much"].as_uri())
    context.close()
    assert asked == [pages["much"].as_uri()]
    assert said == []


@pytest.mark.parametrize("word", ["fraud", "cheat", "plagiar", "guilty", "fake", "steal", "stole"])
def test_no_word_of_the_page_is_a_verdict(pages: Any, word: str):
    assert word not in pages["much"].read_text("utf-8").lower()
