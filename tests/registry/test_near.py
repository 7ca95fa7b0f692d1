"""Near duplicates: similarities exact, none below the threshold, next to none missed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.registry.slowly import containment, jaccard, shingles, words

from commonweal.errors import InputError
from commonweal.registry import Index, Key, Work, find
from commonweal.registry.texts import digest

KEY = Key(bytes(range(32)))


def text_of(numbers: Any) -> str:
    return " ".join(f"w{n}" for n in numbers)


def indexed(folder: Path, texts: list[str], segments: int = 1) -> Index:
    index = Index.create(folder, key=KEY)
    for part in range(segments):
        index.add([Work(t, "owner", str(i)) for i, t in enumerate(texts) if i % segments == part])
    return index


def changed(rng: np.random.Generator, text: Any, share: float) -> Any:
    """Return a text of which a share of words is changed, taken out, or followed by another."""
    out = []
    for word in text:
        if rng.random() >= share:
            out.append(word)
            continue
        kind = rng.integers(3)
        if kind == 0:
            out.append(rng.integers(10_000, 20_000))
        elif kind == 1:
            out += [word, rng.integers(10_000, 20_000)]
    return np.array(out, dtype=int)


def similar(index: Index, queries: list[str], threshold: float) -> dict[tuple[int, int], Any]:
    return {
        (hit.query, int(hit.key or -1)): hit
        for hit in find(index, queries, passages=False, threshold=threshold)
    }


@pytest.mark.parametrize("length", [5, 6, 8, 12, 20, 40, 80, 150, 500])
def test_no_pair_at_the_threshold_is_missed_and_none_below_is_told(tmp_path: Path, length: int) -> None:
    """Of pairs at .8 and above; by theory 32 bands of 4 rows miss (1 - .8^4)^32 = 5e-8 of long texts."""
    rng = np.random.default_rng(length)
    count = 4_000 if length < 200 else 1_500
    works = [rng.integers(0, 5_000, length) for _ in range(count)]
    queries = [changed(rng, work, rng.uniform(0, 3 / max(length, 60))) for work in works]
    texts, asked = [text_of(w) for w in works], [text_of(q) for q in queries]
    with indexed(tmp_path / "index", texts, segments=2) as index:
        hits = similar(index, asked, 0.8)
    wanted = {}
    for i, (work, query) in enumerate(zip(texts, asked, strict=True)):
        value = jaccard(words(query), words(work))
        if value >= 0.8:
            wanted[i, i] = value
    assert len(wanted) > count // 4, "the test plants enough"
    missed = wanted.keys() - hits.keys()
    assert not missed
    for (query, work), hit in hits.items():
        one, other = words(asked[query]), words(texts[work])
        assert hit.jaccard == pytest.approx(jaccard(one, other), abs=1e-12)
        assert hit.containment == pytest.approx(containment(one, other), abs=1e-12)
        assert hit.jaccard >= 0.8


@settings(max_examples=80)
@given(
    st.lists(st.lists(st.integers(0, 3), max_size=30), min_size=1, max_size=6),
    st.lists(st.integers(0, 3), max_size=30),
    st.sampled_from([0.3, 0.5, 2 / 3, 0.7, 0.8, 0.9, 1.0]),
)
def test_what_is_told_is_exact_whatever_the_texts(
    tmp_path_factory: pytest.TempPathFactory, works: list[list[int]], query: list[int], threshold: float
) -> None:
    texts = [text_of(work) for work in works]
    with indexed(tmp_path_factory.mktemp("near") / "index", texts) as index:
        hits = similar(index, [text_of(query)], threshold)
    for i, work in enumerate(texts):
        value = jaccard(words(text_of(query)), words(work))
        if value == 1.0:
            assert (0, i) in hits, "the same shingles have the same bands"
        if (0, i) in hits:
            assert value >= threshold
            assert hits[0, i].jaccard == value


@pytest.mark.parametrize("text", ["", "   ", "!?…", "\ud800"])
def test_a_text_without_words_is_found_nowhere(tmp_path: Path, text: str) -> None:
    with indexed(tmp_path / "index", [text, "some words", ""]) as index:
        assert list(find(index, [text])) == []
        assert len(index) == 3


@pytest.mark.parametrize("text", ["one", "one two", "one two three four", " ".join("abcdefghijklmno")])
def test_short_texts_are_found_whole(tmp_path: Path, text: str) -> None:
    with indexed(tmp_path / "index", [text, text + " more"]) as index:
        hits = list(find(index, [text], threshold=1.0))
    assert [(h.kind, h.key, h.jaccard) for h in hits] == [("near", "0", 1.0)]


def test_a_long_text_is_near_to_itself_and_a_passage_of_itself(tmp_path: Path) -> None:
    """A million words; more different shingles than 32 bits tell apart."""
    rng = np.random.default_rng(0)
    text = text_of(rng.integers(0, 50_000, 1_000_000))
    with indexed(tmp_path / "index", [text]) as index:
        near, passage = find(index, [text])
    assert near.jaccard == near.containment == 1.0
    assert passage.spans == ((0, len(text), 0, len(text)),)


def test_different_shingles_are_counted(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    texts = [text_of(rng.integers(0, 3, n)) for n in range(200)]
    digested = digest(texts, KEY)
    assert digested.different.tolist() == [len(shingles(words(text))) for text in texts]


def test_texts_alike_by_the_thousand_are_all_told(tmp_path: Path) -> None:
    text = text_of(range(30))
    with indexed(tmp_path / "index", [text] * 10_000) as index:
        assert len(similar(index, [text], 0.8)) == 10_000


@pytest.mark.parametrize("options", [{"threshold": 0.0}, {"threshold": 1.1}, {"common_from": 1}])
def test_thresholds_that_say_nothing_are_refused_at_once(tmp_path: Path, options: Any) -> None:
    with indexed(tmp_path / "index", ["text"]) as index, pytest.raises(InputError):
        find(index, ["text"], **options)


def test_one_by_one_and_all_at_once_say_the_same(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    works = [rng.integers(0, 50, 60) for _ in range(60)]
    texts = [text_of(w) for w in works]
    asked = [text_of(np.concatenate([works[i][:40], works[-i][20:]])) for i in range(60)] + texts
    with indexed(tmp_path / "index", texts, segments=3) as index:
        together = list(find(index, asked, threshold=0.5))
        alone = [hit for text in asked for hit in find(index, [text], threshold=0.5)]
    assert {h.query for h in together} == set(range(120))
    assert [h.__dict__ | {"query": 0} for h in together] == [h.__dict__ for h in alone]
