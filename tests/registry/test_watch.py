"""What outputs repeat word for word equals what a slow reading finds."""

from __future__ import annotations

import random

import pytest
from tests.registry import planted

from commonweal.registry.index import Index, Work
from commonweal.registry.reading import Row
from commonweal.registry.watch import Summary, watch


def rows(texts):
    return [Row(n, text, (), f"o{n}") for n, text in enumerate(texts)]


@pytest.fixture
def made(tmp_path):
    """Make an index of (owner, words) pairs."""
    count = iter(range(1000))

    def make(works):
        index = Index.create(tmp_path / f"index-{next(count)}")
        index.add(Work(" ".join(text), owner, f"k{n}") for n, (owner, text) in enumerate(works))
        return index

    return make


@pytest.mark.parametrize("vocabulary", [2, 5, 10_000])
@pytest.mark.parametrize("seed", range(4))
def test_covered_words_and_longest_runs_equal_a_slow_reading(made, seed, vocabulary):
    rng = random.Random(f"{seed} {vocabulary}")
    works = [(f"owner {n % 3}", planted.words(rng, rng.randrange(5, 150), vocabulary)) for n in range(6)]
    outputs = [planted.quoting(rng, [text for _, text in works], vocabulary) for _ in range(40)]
    summary = Summary()
    with made(works) as index:
        found = list(watch(index, rows(map(" ".join, outputs)), summary, common_from=1000))
    for output, said in zip(outputs, found, strict=True):
        places = [planted.shared(output, text) for _, text in works]
        assert said.covered == len(set().union(*places))
        assert said.words == len(output)
        longest = max(planted.longest(output, text) for _, text in works)
        assert said.longest == (longest if longest >= 16 else 0)
        assert [run.words for run in said.runs] == sorted((run.words for run in said.runs), reverse=True)
        for run in said.runs:
            text = " ".join(output)[run.start : run.end]
            for place in run.places:
                assert " ".join(works[int(place.work[1:])][1])[place.start : place.end] == text
    for owner in {o for o, _ in works}:
        words = sum(
            len(set().union(*(planted.shared(out, text) for o, text in works if o == owner)))
            for out in outputs
        )
        assert summary.members[owner].words == words if words else owner not in summary.members
    assert summary.covered == sum(o.covered for o in found)
    assert summary.outputs == len(outputs)


def test_a_common_run_is_kept_apart_and_names_nobody(made):
    rng = random.Random(5)
    licence, own = planted.words(rng, 40), planted.words(rng, 40)
    works = [(f"owner {n}", [*licence, *planted.words(rng, 30)]) for n in range(12)] + [("ada", own)]
    summary = Summary()
    with made(works) as index:
        (output,) = watch(index, rows([" ".join([*licence, *planted.words(rng, 9), *own])]), summary)
    assert [run.words for run in output.runs] == [40]
    assert [(run.words, run.places, run.frequency) for run in output.common] == [(40, (), 12)]
    assert output.covered == 40
    assert set(summary.members) == {"ada"}


def test_one_run_in_several_works_is_one_run_and_counts_for_each_owner(made):
    rng = random.Random(6)
    text = planted.words(rng, 50)
    summary = Summary()
    with made([("ada", text), ("bo; cy", [*text, "more"])]) as index:
        (output,) = watch(index, rows([" ".join(["so", *text])]), summary)
    assert [(run.words, [p.owner for p in run.places]) for run in output.runs] == [(50, ["ada", "bo; cy"])]
    assert {o: (m.words, m.longest, len(m.works)) for o, m in summary.members.items()} == dict.fromkeys(
        ("ada", "bo", "cy"), (50, 50, 1)
    )


def test_runs_shorter_than_asked_are_left_out(made):
    rng = random.Random(7)
    text = planted.words(rng, 100)
    output = [*text[:20], *planted.words(rng, 10), *text[40:80]]
    with made([("ada", text)]) as index:
        (said,) = watch(index, rows([" ".join(output)]), Summary(), least=30)
    assert [run.words for run in said.runs] == [40]
    assert said.covered == 40
