"""Texts asked and digested together give what they give one by one, however they are cut into batches."""

from __future__ import annotations

import sys
from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.registry import Index, Key, Work, find
from commonweal.registry import texts as texts_module
from commonweal.registry.texts import digest

KEY = Key(bytes(range(32)))
PHRASES = [" ".join(f"w{phrase}x{word}" for word in range(6 + 5 * phrase)) for phrase in range(5)]
spoken = st.lists(st.sampled_from([*PHRASES, "ein", "Straße", "ﬁnd", "東京", "\u00ad", ""]), max_size=8).map(
    " ".join
)
many = st.lists(spoken, max_size=12)


@settings(max_examples=60)
@given(
    works=many, queries=many, batch=st.integers(1, 5), at_once=st.integers(1, 8), segments=st.integers(1, 3)
)
def test_texts_asked_together_find_what_each_finds_alone(
    tmp_path_factory: pytest.TempPathFactory,
    works: list[str],
    queries: list[str],
    batch: int,
    at_once: int,
    segments: int,
) -> None:
    with Index.create(tmp_path_factory.mktemp("index") / "i", key=KEY) as index:
        for part in range(segments):
            index.add(
                [Work(t, f"owner {n % 3}", str(n)) for n, t in enumerate(works) if n % segments == part]
            )
        alone = [
            replace(hit, query=number)
            for number, query in enumerate(queries)
            for hit in find(index, [query], common_from=3, threshold=0.5)
        ]
        module = sys.modules[find.__module__]
        with mock.patch.multiple(module, BATCH=batch, AT_ONCE=at_once):
            together = list(find(index, queries, common_from=3, threshold=0.5))
    assert together == alone


@settings(max_examples=60)
@given(texts=many, part=st.integers(1, 200))
def test_digests_in_parts_are_the_digest_of_the_whole(texts: list[str], part: int) -> None:
    whole = digest(texts, KEY)
    with mock.patch.object(texts_module, "PART_CHARACTERS", part):
        parts = digest(texts, KEY)
    assert len(parts) == len(whole) == len(texts)
    for name, wanted in vars(whole).items():
        if name != "key":
            assert np.array_equal(getattr(parts, name), wanted), name
            assert getattr(parts, name).dtype == wanted.dtype, name
