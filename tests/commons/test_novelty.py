"""Novelty: held against a slow definition over sets of words, planted copies, drawn pools, real proposals."""

from __future__ import annotations

import gzip
import json
import math
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.commons.novelty import novelty, shares
from commonweal.commons.novelty_runs import gather
from commonweal.errors import InputError
from commonweal.registry import Index, Key, Work
from commonweal.registry.reading import Row

DATA = Path(__file__).parents[3] / "shared" / "data"
WORDS = [a + b + c for a in "bdfgklmn" for b in "aeiou" for c in "lmnrst"]
LEAST = 100


def rows(works: Iterable[tuple[tuple[str, ...], str]]) -> list[Row]:
    return [Row(i, text, tuple(sorted(owners)), f"w{i}") for i, (owners, text) in enumerate(works)]


def index(path: Path, works: Sequence[tuple[str, str]], *, cut: int | None = None) -> Index:
    made = Index.create(path)
    made.add(Work(text, owner, str(i)) for i, (owner, text) in enumerate(works[:cut]))
    if cut is not None:
        made.add(Work(text, owner, str(i)) for i, (owner, text) in enumerate(works[cut:]))
    return made


def written(rng: random.Random, words: int = 300) -> str:
    return " ".join(rng.choices(WORDS, k=words))


def runs(text: str) -> set[tuple[str, ...]]:
    words = text.split()
    return {tuple(words[i : i + 6]) for i in range(len(words) - 5)}


def slowly(
    pool: Sequence[tuple[tuple[str, ...], str]],
    commons: Sequence[str],
    members: Sequence[tuple[str, str]] = (),
) -> dict[str, list[float]]:
    """Return new, shared, in the commons of each owner by the definition, over sets; nothing set aside."""
    everyone = [*pool, *(((owner,), text) for owner, text in members)]
    held = [(owners, runs(text)) for owners, text in everyone]
    open_runs = [runs(text) for text in commons]
    out = {}
    for owner in {name for owners, _ in pool for name in owners}:
        others = [each for owners, each in held if owner not in owners]
        sums = {"new": 0.0, "shared": 0.0, "commons": 0.0}
        for owners, text in pool:
            if owner not in owners:
                continue
            for run in runs(text):
                in_commons = sum(run in each for each in open_runs)
                with_others = sum(run in each for each in others)
                works = max(len(commons) + len(others), LEAST)
                weight = max(1 - math.log(max(in_commons + with_others, 1)) / math.log(works), 0)
                sums["commons" if in_commons else "shared" if with_others else "new"] += weight
        total = sum(sums.values())
        out[owner] = [each / total if total else math.nan for each in sums.values()]
    return out


def told(table: Any) -> dict[str, list[float]]:
    return {
        row["owner"]: [math.nan if row[k] is None else row[k] for k in ("new", "shared", "commons")]
        for row in table.to_pylist()
    }


TEXT = st.lists(st.sampled_from(["a", "b"]), max_size=16).map(" ".join)
OWNERS = st.sets(st.sampled_from(["ann", "ben", "cyd"]), min_size=1).map(lambda s: tuple(sorted(s)))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(OWNERS, TEXT), min_size=1, max_size=6),
    st.lists(TEXT, max_size=5),
    st.lists(st.tuples(st.sampled_from(["ann", "ben", "dan"]), TEXT), max_size=4),
    st.integers(0, 5),
)
def test_shares_are_those_of_the_slow_definition(
    tmp_path_factory: pytest.TempPathFactory,
    pool: list[tuple[tuple[str, ...], str]],
    commons: list[str],
    members: list[tuple[str, str]],
    cut: int,
) -> None:
    folder = tmp_path_factory.mktemp("novelty")
    with (
        index(folder / "commons", [("", text) for text in commons], cut=cut) as a,
        index(folder / "members", members, cut=cut) as b,
    ):
        found = told(novelty(rows(pool), a, members=b, baseline=False, draws=2).table)
    wanted = slowly(pool, commons, members)
    assert found.keys() == wanted.keys()
    for owner, parts in wanted.items():
        np.testing.assert_allclose(found[owner], parts, atol=1e-9)


@pytest.fixture(scope="module")
def pool() -> list[tuple[tuple[str, ...], str]]:
    """Twelve owners of eight works each, all of their own words."""
    rng = random.Random(1)
    return [((f"owner{i % 12:02}",), written(rng)) for i in range(96)]


@pytest.fixture(scope="module")
def commons() -> list[tuple[str, str]]:
    rng = random.Random(2)
    return [("", written(rng)) for _ in range(60)]


def test_what_everybody_writes_is_neither_overlap_nor_new(
    tmp_path: Path, pool: list[tuple[tuple[str, ...], str]], commons: list[tuple[str, str]]
) -> None:
    """Half of every text is the same form; only what goes beyond it counts, and half of that is copied."""
    form = written(random.Random(3), 300)
    half = [commons[i][1].split()[:150] for i in range(8)]
    mine = [
        (("copyist",), " ".join([*each, form, written(random.Random(100 + i), 150)]))
        for i, each in enumerate(half)
    ]
    works = [(owners, form + " " + text) for owners, text in pool] + mine
    with index(tmp_path / "c", [(o, form + " " + text) for o, text in commons]) as against:
        plain = novelty(rows(works), against, baseline=False, draws=2)
        found = novelty(rows(works), against)
    unweighted = len(runs(form)) / len(runs(works[0][1]))
    assert unweighted > 0.45
    assert plain.table.to_pylist()[1]["held_commons"] < 0.1
    by_owner = {row["owner"]: row for row in found.table.to_pylist()}
    assert by_owner["copyist"]["commons"] == pytest.approx(0.5, abs=0.03)
    for name, row in by_owner.items():
        if name != "copyist":
            assert row["new"] > 0.97, name
            assert row["commons"] < 0.01, name


def test_a_copied_share_is_found_as_large_as_it_was_planted(
    tmp_path: Path, pool: list[tuple[tuple[str, ...], str]], commons: list[tuple[str, str]]
) -> None:
    """A quarter of Ben's is Ann's, and half of it the commons'; so a quarter of Ann's is shared."""
    rng = random.Random(4)
    ann, ben = [], []
    for i in range(8):
        own = written(rng)
        words = commons[i][1].split()[:150] + own.split()[:75] + written(rng, 75).split()
        ann.append((("ann",), own))
        ben.append((("ben",), " ".join(words)))
    with index(tmp_path / "c", commons) as against:
        found = told(novelty(rows([*pool, *ann, *ben]), against).table)
    np.testing.assert_allclose(found["ben"], [0.25, 0.25, 0.5], atol=0.03)
    np.testing.assert_allclose(found["ann"], [0.75, 0.25, 0], atol=0.03)
    np.testing.assert_allclose(found["owner00"], [1, 0, 0], atol=0.01)


def test_shares_add_up_to_one_or_are_not_told(
    tmp_path: Path, pool: list[tuple[tuple[str, ...], str]], commons: list[tuple[str, str]]
) -> None:
    works = [*pool, (("short",), "five words and no more"), (("copy",), commons[0][1])]
    with index(tmp_path / "c", commons) as against:
        found = novelty(rows(works), against)
    for row in [*found.table.to_pylist(), *found.works.to_pylist(), found.facts["pool"]]:  # type: ignore[union-attr]
        if row["owner"] == "short":
            assert row["new"] is row["shared"] is row["commons"] is None
            assert row["short"] == 1
        else:
            assert row["new"] + row["shared"] + row["commons"] == pytest.approx(1)
            for name in ("new", "shared", "commons"):
                if row[f"{name}_low"] is not None:
                    assert 0 <= row[f"{name}_low"] <= row[f"{name}_high"] <= 1
    assert told(found.table)["copy"] == pytest.approx([0, 0, 1], abs=0.01)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.5), st.floats(0, 0.5))
def test_a_larger_baseline_never_raises_its_share(c: float, s: float, base: float, more: float) -> None:
    s = min(s, 1 - c)
    mass = np.array([1.0, c, s])
    before, after = shares(mass, base, 0.0), shares(mass, min(base + more, 1.0), 0.0)
    if np.isfinite(before).all() and np.isfinite(after).all():
        assert after[2] <= before[2] + 1e-12
        assert after.sum() == pytest.approx(1)
    else:
        assert c + s == pytest.approx(1)


def test_what_is_withdrawn_from_the_commons_or_by_a_member_counts_no_more(
    tmp_path: Path, pool: list[tuple[tuple[str, ...], str]], commons: list[tuple[str, str]]
) -> None:
    text = pool[0][1]
    held = [*commons, ("gone", text)]
    with index(tmp_path / "c", held, cut=30) as a, index(tmp_path / "m", [("zoe", pool[1][1])]) as b:
        works = rows(pool[:2])
        before = told(novelty(works, a, members=b, baseline=False, draws=2).table)
        assert before["owner00"] == pytest.approx([0, 0, 1])
        assert before["owner01"] == pytest.approx([0, 1, 0])
        a.withdraw(owner="gone")
        b.withdraw(owner="zoe")
        after = novelty(works, a, members=b, baseline=False, draws=2)
        assert told(after.table) == {"owner00": pytest.approx([1, 0, 0]), "owner01": pytest.approx([1, 0, 0])}
        a.compact()
        b.compact()
        again = novelty(works, a, members=b, baseline=False, draws=2)
    assert again.table == after.table
    assert again.facts["commons_works"] == len(commons)


def test_a_members_own_registered_works_are_not_held_against_them(
    tmp_path: Path, pool: list[tuple[tuple[str, ...], str]], commons: list[tuple[str, str]]
) -> None:
    mine, joint = pool[0][1], pool[1][1]
    registered = [("ann", mine), ("ann; ben", joint)]
    with index(tmp_path / "c", commons) as a, index(tmp_path / "m", registered) as b:
        alone = told(novelty(rows([(("ann",), mine), (("ann",), joint)]), a, members=b, baseline=False).table)
        other = told(novelty(rows([(("cyd",), mine), (("cyd",), joint)]), a, members=b, baseline=False).table)
    assert alone["ann"] == pytest.approx([1, 0, 0])
    assert other["cyd"] == pytest.approx([0, 1, 0])


def test_a_sample_of_runs_estimates_what_all_of_them_give(
    tmp_path: Path, pool: list[tuple[tuple[str, ...], str]], commons: list[tuple[str, str]]
) -> None:
    """One run in eight, under twenty keys: right on average, and each as near as so small a sample can be."""
    rng = random.Random(5)
    copied = [" ".join([*commons[i][1].split()[:90], *written(rng, 210).split()]) for i in range(20)]
    works = rows([(("ann",), text) for text in copied])
    exact = slowly([(("ann",), text) for text in copied], [text for _, text in commons])["ann"][2]
    total = sum(len(runs(text)) for text in copied)
    estimates = []
    for k in range(20):
        key = Key(random.Random(k).randbytes(32))
        with Index.create(tmp_path / str(k), key=key) as against:
            against.add(Work(text, "") for _, text in commons)
            found = novelty(works, against, baseline=False, draws=2, most=total // 5)
        assert found.facts["one_run_in"] == 8
        estimates.append(told(found.table)["ann"][2])
    error = math.sqrt(exact * (1 - exact) / (total / 8))
    assert np.mean(estimates) == pytest.approx(exact, abs=4 * error / math.sqrt(20))
    assert np.abs(np.array(estimates) - exact).max() < 5 * error
    assert np.std(estimates) > 0


def test_no_more_runs_are_held_than_allowed(pool: list[tuple[tuple[str, ...], str]]) -> None:
    for most in (10, 1_000, 20_000):
        kept = gather(rows(pool), [Key(bytes(32))], most)
        assert len(kept.work) <= most
        everything = gather(rows(pool), [Key(bytes(32))])
        assert set(kept.names[0].tolist()) <= set(everything.names[0].tolist())


def test_intervals_hold_the_share_that_works_were_drawn_from(tmp_path: Path) -> None:
    """Each of 150 owners copies each of 20 works with chance .3: 95% intervals hold .3 for nearly as many."""
    rng = random.Random(6)
    open_works = [written(rng, 60) for _ in range(1_000)]
    works = []
    for i in range(150):
        for _ in range(20):
            text = rng.choice(open_works) if rng.random() < 0.3 else written(rng, 60)
            works.append(((f"o{i}",), text))
    with index(tmp_path / "c", [("", text) for text in open_works]) as against:
        table = novelty(rows(works), against, baseline=False).table.to_pylist()
    # what several copied weighs less than what is new, so the share they are drawn from is the mean, not .3
    share = np.mean([row["commons"] for row in table])
    held = np.mean([row["commons_low"] <= share <= row["commons_high"] for row in table])
    assert 0.9 <= held <= 0.99


def test_the_same_seed_gives_the_same_table_and_one_work_no_interval(
    tmp_path: Path, pool: list[tuple[tuple[str, ...], str]], commons: list[tuple[str, str]]
) -> None:
    rng = random.Random(8)
    mixed = [(("mixed",), commons[i][1] if i % 2 else written(rng, 40 * i + 40)) for i in range(9)]
    works = rows([*pool, *mixed, (("single",), commons[0][1])])
    with index(tmp_path / "c", commons) as against:
        one, two, other = (novelty(works, against, seed=seed) for seed in (1, 1, 2))
    assert one.table == two.table
    assert one.table != other.table
    single = next(row for row in one.table.to_pylist() if row["owner"] == "single")
    assert single["new_low"] is None
    assert any("single work" in warning for warning in one.facts["warnings"])


def test_what_cannot_be_measured_is_said(tmp_path: Path) -> None:
    with index(tmp_path / "c", []) as empty, pytest.raises(InputError, match="no works"):
        novelty([], empty)
    with index(tmp_path / "d", []) as empty:
        found = novelty(rows([(("ann",), written(random.Random(7)))]), empty)
        assert "The commons is empty" in found.facts["warnings"][-1]
        with pytest.raises(InputError, match="without owner"):
            novelty([Row(0, "text", (), "w")], empty)
    with index(tmp_path / "e", [("", "one")]) as small:
        found = novelty(rows([(("ann",), written(random.Random(7)))]), small)
        assert sum("measured" in warning for warning in found.facts["warnings"]) == 2


def test_a_member_who_asks_alone_is_measured_against_the_index_of_members(
    tmp_path: Path, pool: list[tuple[tuple[str, ...], str]], commons: list[tuple[str, str]]
) -> None:
    """What members write alike is set aside, by what their registered works share; a copy is not."""
    phrases = [written(random.Random(1_000 + i), 12) for i in range(40)]

    def phrased(text: str, rng: random.Random) -> str:
        return " ".join([*rng.sample(phrases, 4), text])

    rng = random.Random(9)
    registered = [(owners[0], phrased(text, rng)) for owners, text in pool[:60]]
    mine = rows([(("ann",), phrased(written(rng), rng)) for _ in range(6)])
    copied = rows([(("ann",), phrased(registered[i][1], rng)) for i in range(6)])
    with index(tmp_path / "c", commons) as a, index(tmp_path / "m", registered) as b:
        alone, plain = novelty(mine, a, members=b), novelty(mine, a, members=b, baseline=False)
        copy = told(novelty(copied, a, members=b).table)["ann"]
    assert told(plain.table)["ann"][1] > 0.03
    assert alone.facts["baseline"]["members_in_members"] > 0.03
    assert told(alone.table)["ann"][1] < 0.02
    assert copy[1] > 0.93


def test_a_pool_in_which_most_copied_each_other_does_not_pass_for_unrelated(
    tmp_path: Path, pool: list[tuple[tuple[str, ...], str]], commons: list[tuple[str, str]]
) -> None:
    """Ten of twelve owners hold the same eight works; the commons holds each of eight works eight times."""
    copied = {f"owner{i:02}" for i in range(10)}
    works = [
        (owners, pool[i // 12][1] if owners[0] in copied else text) for i, (owners, text) in enumerate(pool)
    ]
    with index(tmp_path / "c", commons[:8] * 8) as against:
        found = novelty(rows([*works, *((("ann",), text) for _, text in commons[:8])]), against)
    assert found.facts["baseline"]["commons_in_commons"] == pytest.approx(1)
    shares_of = told(found.table)
    assert shares_of["owner01"] == pytest.approx([0, 1, 0])
    assert shares_of["ann"] == pytest.approx([0, 0, 1])


def test_the_chart_has_a_dot_for_each_owner(
    tmp_path: Path, pool: list[tuple[tuple[str, ...], str]], commons: list[tuple[str, str]]
) -> None:
    with index(tmp_path / "c", commons) as against:
        spec = novelty(rows(pool), against, draws=10).plot()
    assert len(spec["layer"][-1]["data"]["values"]) == 12


def real(name: str) -> list[Row]:
    path = DATA / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip("no real proposals here")
    with gzip.open(path, "rt") as lines:
        told = [json.loads(line) for line in lines]
    return [
        Row(i, r["text"], tuple(sorted(set(r["authors"]))), r["id"])
        for i, r in enumerate(told)
        if r["authors"]
    ]


def test_proposals_that_replaced_others_stand_out_and_unrelated_ones_do_not(tmp_path: Path) -> None:
    """PEP 3134 replaced 344, 427 came with 491, and EIP-1 was derived from PEP 1."""
    peps, eips = real("peps"), real("eips")
    later = {"pep-3134": "pep-0344", "pep-0427": "pep-0491", "pep-0241": "pep-0314"}
    held = [row for row in peps if row.key not in later]
    with Index.create(tmp_path / "c") as against:
        against.add(Work(row.text, "; ".join(row.owners), row.key) for row in held)
        mine = novelty([row for row in peps if row.key in later], against)
        theirs = novelty(eips, against)
    by_work = {row["work"]: row["commons"] for row in mine.works.to_pylist()}  # type: ignore[union-attr]
    assert by_work.keys() == later.keys()
    assert min(by_work.values()) > 0.45
    assert by_work["pep-3134"] > 0.9
    by_work = {row["work"]: row["commons"] for row in theirs.works.to_pylist()}  # type: ignore[union-attr]
    assert by_work["eip-1"] > 0.05
    assert np.median(list(by_work.values())) < 0.005
    assert theirs.facts["pool"]["commons"] < 0.005
