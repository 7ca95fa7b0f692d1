"""Passages: every shared run of 16 words and more is found, in full, where it lies; and nothing else is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.registry.slowly import holders, runs, words

from commonweal.registry import Index, Key, Work, find

KEY = Key(bytes(range(32)))
NEVER = 1 << 40
"""So many works that nothing is common."""
WIDTH = 4
"""Characters of a word and the space after it, in texts made of numbers."""


def spelt(numbers: Any) -> str:
    """Return a text of words of three letters each: word w begins at character 4 w."""
    letters = np.empty((len(numbers), WIDTH), dtype=np.uint8)
    for place in range(WIDTH - 1):
        letters[:, place] = ord("a") + numbers // 20**place % 20
    letters[:, WIDTH - 1] = ord(" ")
    return letters.tobytes().decode()[:-1] if len(numbers) else ""


def indexed(folder: Path, texts: list[str], segments: int = 1) -> Index:
    index = Index.create(folder, key=KEY)
    for part in range(segments):
        index.add([Work(t, f"owner {i}", str(i)) for i, t in enumerate(texts) if i % segments == part])
    return index


def found_runs(index: Index, queries: list[str]) -> Any:
    """Return every named run in words: int64[m, 5], (query, work, place, place, length)."""
    rows = [
        (hit.query, int(hit.key or -1), *span)
        for hit in find(index, queries, near=False, common_from=NEVER)
        for span in hit.spans
    ]
    table = np.array(rows, dtype=np.int64).reshape(-1, 6)
    lengths = (table[:, 3] - table[:, 2] + 1) // WIDTH
    assert (table[:, 2:] % WIDTH == [0, WIDTH - 1, 0, WIDTH - 1]).all()
    assert (table[:, 3] - table[:, 2] == table[:, 5] - table[:, 4]).all()
    return np.stack([table[:, 0], table[:, 1], table[:, 2] // WIDTH, table[:, 4] // WIDTH, lengths], axis=1)


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _false_ones(found: Any, queries: Any, query_bounds: Any, works: Any, work_bounds: Any) -> int:
    """Return how many runs are not the same words, too short, or could be longer."""
    wrong = 0
    for i in range(len(found)):
        q, w, a, b, n = found[i]
        query = queries[query_bounds[q] : query_bounds[q + 1]]
        work = works[work_bounds[w] : work_bounds[w + 1]]
        same = n >= 16
        for k in range(n):
            same = same and query[a + k] == work[b + k]
        before = a > 0 and b > 0 and query[a - 1] == work[b - 1]
        after = a + n < len(query) and b + n < len(work) and query[a + n] == work[b + n]
        wrong += not same or before or after
    return wrong


def bounds(parts: list[Any]) -> Any:
    return np.concatenate([[0], np.cumsum([len(p) for p in parts])])


def planted(
    rng: np.random.Generator, draw: Any, works: list[Any], count: int, each: int
) -> tuple[list[Any], Any]:
    """Return queries made of runs from works, with 0 to 3 words between; and where: int64[m, 5]."""
    queries, where = [], []
    for q in range(count):
        chosen = rng.choice(len(works), size=3, replace=False)
        pieces, at = [], 0
        for w in rng.choice(chosen, size=each):
            between = draw(int(rng.integers(0, 4)))
            work = works[w]
            length = min(16 + int(rng.geometric(0.15)) - 1, len(work))
            place = int(rng.choice([0, len(work) - length, rng.integers(0, len(work) - length + 1)]))
            at += len(between)
            where.append((q, int(w), at, place, length))
            pieces += [between, work[place : place + length]]
            at += length
        queries.append(np.concatenate(pieces))
    return queries, np.array(where, dtype=np.int64)


def missed(where: Any, found: Any) -> int:
    """Return how many planted runs lie in no run that was found."""

    def line(table: Any) -> Any:
        return (table[:, 0] << 40) + (table[:, 1] << 32) + (table[:, 3] - table[:, 2] + (1 << 24))

    order = np.lexsort((found[:, 2], line(found)))
    found = found[order]
    lines, starts = line(found), found[:, 2]
    keys = np.stack([lines, starts], axis=1).astype(">i8").view("S16").ravel()
    wanted = np.stack([line(where), where[:, 2]], axis=1).astype(">i8").view("S16").ravel()
    at = np.searchsorted(keys, wanted, side="right") - 1
    inside = (at >= 0) & (lines[at] == line(where)) & (where[:, 2] + where[:, 4] <= starts[at] + found[at, 4])
    return int((~inside).sum())


def some_of(rng: np.random.Generator, vocabulary: int) -> Any:
    return lambda n: rng.integers(0, vocabulary, n)


def rarely(rng: np.random.Generator, vocabulary: int) -> Any:
    """Draw one word nearly always: long stretches of the same."""
    return lambda n: np.where(rng.random(n) < 0.9, 0, rng.integers(0, vocabulary, n))


def by_rank(rng: np.random.Generator, vocabulary: int) -> Any:
    """Draw as often as words of a language come: by Zipf's law."""
    return lambda n: np.minimum(rng.zipf(1.3, n), vocabulary) - 1


@pytest.mark.parametrize(
    ("kind", "vocabulary", "count", "each", "long"),
    [
        (some_of, 2, 12_000, 24, 400),
        (some_of, 3, 12_000, 24, 600),
        (some_of, 20, 12_000, 24, 2_000),
        (some_of, 8_000, 20_000, 24, 2_000),
        (by_rank, 8_000, 28_000, 24, 2_000),
        (rarely, 2, 150, 12, 60),
        (rarely, 40, 200, 16, 150),
    ],
)
def test_every_planted_run_is_found_and_every_run_found_is_one(
    tmp_path: Path, kind: Any, vocabulary: int, count: int, each: int, long: int
) -> None:
    rng = np.random.default_rng(vocabulary)
    draw = kind(rng, vocabulary)
    works = [draw(int(rng.integers(16, long))) for _ in range(40)]
    with indexed(tmp_path / "index", [spelt(work) for work in works], segments=3) as index:
        queries, where = planted(rng, draw, works, count, each)
        found = found_runs(index, [spelt(query) for query in queries])
    assert missed(where, found) == 0
    assert len(np.unique(found, axis=0)) == len(found), "each run once"
    every = np.concatenate(queries), bounds(queries), np.concatenate(works), bounds(works)
    assert _false_ones(found, *every) == 0


small = st.integers(1, 3).flatmap(
    lambda words: st.lists(st.integers(0, words - 1), max_size=60).map(lambda text: np.array(text, dtype=int))
)


@settings(max_examples=300)
@given(st.lists(small, min_size=1, max_size=4), small)
@example([np.zeros(16, dtype=int)], np.zeros(16, dtype=int))
@example([np.zeros(40, dtype=int)], np.zeros(17, dtype=int))
@example([np.arange(32) % 2], np.arange(33) % 2)
@example([np.arange(15)], np.arange(15))
def test_exactly_the_runs_of_a_slow_search_are_found(
    tmp_path_factory: pytest.TempPathFactory, works: list[Any], query: Any
) -> None:
    with indexed(tmp_path_factory.mktemp("runs") / "index", [spelt(w) for w in works]) as index:
        found = {tuple(row[1:]) for row in found_runs(index, [spelt(query)]).tolist()}
    wanted = {(w, *run) for w, work in enumerate(works) for run in runs(query.tolist(), work.tolist())}
    assert found == wanted


@settings(max_examples=60)
@given(st.data())
def test_many_runs_inside_one_text_of_two_words_are_all_found(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """A work repeated in itself, cut and turned; a query that holds it twice, overlapping itself."""
    base = data.draw(st.lists(st.integers(0, 1), min_size=16, max_size=40))
    overlap = data.draw(st.integers(0, len(base) - 1))
    work = np.array(base + base[overlap:] + base, dtype=int)
    query = np.array(base[overlap:] + base + [1] * data.draw(st.integers(0, 20)) + base, dtype=int)
    with indexed(tmp_path_factory.mktemp("runs") / "index", [spelt(work)]) as index:
        found = {tuple(row[2:]) for row in found_runs(index, [spelt(query)]).tolist()}
    assert found == runs(query.tolist(), work.tolist())


def text_of(numbers: Any) -> str:
    return " ".join(f"word{n}" for n in numbers)


def asked(index: Index, query: str, **options: Any) -> list[Any]:
    return list(find(index, [query], near=False, **options))


@settings(max_examples=150)
@given(st.data())
def test_frequencies_and_names_follow_from_who_holds_each_16_words(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Common and named runs against a slow count, over works in several segments, some withdrawn."""
    seed = data.draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    boilerplate = [rng.integers(0, 99, int(rng.integers(16, 30))) for _ in range(2)]
    pieces = [rng.integers(100, 999, int(rng.integers(1, 30))) for _ in range(3)] + boilerplate * 2
    works = [np.concatenate([pieces[i] for i in rng.integers(0, 7, 3)]) for _ in range(12)]
    query = np.concatenate([pieces[i] for i in rng.integers(0, 7, 5)])
    many = data.draw(st.integers(2, 5))
    texts = [text_of(work) for work in works]
    with indexed(tmp_path_factory.mktemp("common") / "index", texts, segments=3) as index:
        gone = {e.work for e in index.catalog.works() if int(e.key) in (2, 5)}
        index.withdraw(works=gone)
        hits = asked(index, text_of(query), common_from=many)
    kept = {i: words(t) for i, t in enumerate(texts) if i not in (2, 5)}
    text = words(text_of(query))
    count = holders(text, list(kept.values()))
    common = {
        place for start, works_ in enumerate(count) if works_ >= many for place in range(start, start + 16)
    }
    starts = np.cumsum([0, *(len(w) + 1 for w in text)])
    named: dict[str, set[tuple[int, int]]] = {}
    unnamed: set[int] = set()
    for i, work in kept.items():
        for place, _, length in runs(text, work):
            if len(set(range(place, place + length)) - common) >= 8:
                span = int(starts[place]), int(starts[place + length]) - 1
                named.setdefault(str(i), set()).add(span)
            else:
                unnamed |= set(range(place, place + length))
    assert {h.key: {s[:2] for s in h.spans} for h in hits if not h.common} == named
    told = [h for h in hits if h.common]
    covered = {
        place for h in told for place, at in enumerate(starts[:-1]) if h.spans[0][0] <= at < h.spans[0][1]
    }
    assert covered == unnamed
    assert all(h.owner is h.work is h.key is None and h.frequency >= many for h in told)
    for hit in hits:
        if not hit.common:
            inside = [
                count[start]
                for a, b, _, _ in hit.spans
                for start in range(len(count))
                if a <= starts[start] and starts[start + 16] - 1 <= b
            ]
            assert hit.frequency == min(inside)


LICENCE = " ".join(f"licence{i}" for i in range(60))
OWN = " ".join(f"own{i}" for i in range(40))


def test_boilerplate_names_nobody_not_even_with_a_chance_word_more(tmp_path: Path) -> None:
    works = [f"before{i} {LICENCE} after{i} rest{i}" for i in range(12)]
    with indexed(tmp_path / "index", works) as index:
        (hit,) = asked(index, f"mine {LICENCE} after3 mine")
    assert hit.common
    assert hit.owner is None
    assert hit.work is None
    assert hit.frequency == 12
    start, end = hit.spans[0][:2]
    assert f"mine {LICENCE} after3 mine"[start:end] == f"{LICENCE} after3"


def test_what_is_ones_own_beside_boilerplate_names_one(tmp_path: Path) -> None:
    works = [f"{LICENCE} text{i}" for i in range(12)] + [f"{OWN} {LICENCE}"]
    with indexed(tmp_path / "index", works, segments=4) as index:
        hits = asked(index, f"{OWN} {LICENCE}")
    assert [(h.owner, h.frequency) for h in hits if not h.common] == [("owner 12", 1)]
    assert [h.frequency for h in hits if h.common] == [13]


def test_a_common_phrase_inside_ones_own_words_does_not_hide_them(tmp_path: Path) -> None:
    """Eight words that everybody says may be a run's only fingerprint: what counts are sixteen."""
    said = " ".join(f"said{i}" for i in range(8))
    works = [f"x{i} y{i} z{i} {said} u{i} v{i} w{i} t{i} s{i} r{i}" for i in range(30)]
    with indexed(tmp_path / "index", works) as index:
        (hit,) = asked(index, works[7])
    assert (hit.owner, hit.common, hit.frequency) == ("owner 7", False, 1)


def test_withdrawn_works_are_not_counted(tmp_path: Path) -> None:
    with indexed(tmp_path / "index", [LICENCE] * 12) as index:
        assert asked(index, LICENCE)[0].frequency == 12
        index.withdraw(works=[e.work for e in index.catalog.works() if int(e.key) >= 5])
        hits = asked(index, LICENCE)
    assert {h.owner for h in hits} == {f"owner {i}" for i in range(5)}
    assert {h.frequency for h in hits} == {5}


def test_a_work_registered_twice_is_two_works(tmp_path: Path) -> None:
    with Index.create(tmp_path / "index") as index:
        index.add([Work(OWN, "ann", "1"), Work(OWN, "ann", "2"), Work(OWN, "bob", "3")])
        hits = list(find(index, [OWN]))
    assert sorted((h.owner, h.key, h.kind) for h in hits) == [
        (owner, key, kind)
        for owner, key in (("ann", "1"), ("ann", "2"), ("bob", "3"))
        for kind in ("near", "passage")
    ]


def test_more_works_than_fit_a_round_are_all_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["commonweal.registry.find"], "AT_ONCE", 10)
    with indexed(tmp_path / "index", [OWN] * 5_000) as index:
        hits = list(find(index, [OWN, "nothing of this", OWN, OWN], common_from=NEVER))
    assert [h.query for h in hits] == sorted(h.query for h in hits)
    for kind in ("near", "passage"):
        for query in (0, 2, 3):
            assert len({h.work for h in hits if h.kind == kind and h.query == query}) == 5_000


@pytest.mark.parametrize("length", range(40))
def test_fingerprints_are_the_least_of_each_window_the_rightmost_of_equals(length: int) -> None:
    """Against windows gone through one by one; a text with fewer grams than a window has is one window."""
    from commonweal.registry.kernels import WINDOW, winnow

    rng = np.random.default_rng(length)
    for most in (1, 2, 5, 1 << 40):
        gram = rng.integers(0, most, length).astype(np.uint64)
        room = np.full(length, 7, np.uint64), np.full(length, 7, np.uint32)
        count = winnow(np.concatenate([gram, [0]]).astype(np.uint64), length, *room)
        wanted = set()
        for start in range(max(length - WINDOW + 1, min(length, 1))):
            window = gram[start : start + WINDOW].tolist()
            wanted.add(start + max(i for i, h in enumerate(window) if h == min(window)))
        assert room[1][:count].tolist() == sorted(wanted)
        assert room[0][:count].tolist() == [gram[i] for i in sorted(wanted)]


@settings(max_examples=80)
@given(
    st.integers(0, 1 << 20), st.integers(1, 400), st.lists(st.integers(0, 149), max_size=12), st.booleans()
)
def test_a_copy_with_words_changed_has_every_run_between_them(
    tmp_path_factory: pytest.TempPathFactory, seed: int, vocabulary: int, changed: list[int], longer: bool
) -> None:
    """Runs behind one another at the same distance; behind a word more, at another one."""
    work = np.random.default_rng(seed).integers(0, vocabulary, 150)
    query = work.copy()
    query[changed] = 999
    if longer and changed:
        query = np.insert(query, changed[0], 998)
    with indexed(tmp_path_factory.mktemp("runs") / "index", [spelt(work)]) as index:
        found = {tuple(row[2:]) for row in found_runs(index, [spelt(query)]).tolist()}
    assert found == runs(query.tolist(), work.tolist())
