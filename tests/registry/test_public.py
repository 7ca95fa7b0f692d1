"""A public sketch tells exactly what k owners hold, and nothing of what fewer do."""

from __future__ import annotations

import json
import random
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.registry import planted

from commonweal.errors import InputError
from commonweal.registry import public
from commonweal.registry.public import Sketch, marks, publish
from commonweal.registry.reading import Row

WORKS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["ada", "bo", "cy", "di"]), min_size=1, max_size=3, unique=True).map(sorted),
        st.lists(st.sampled_from("abc"), max_size=14),
    ),
    max_size=12,
)


def rows(works):
    return [Row(n, " ".join(text), tuple(owners), "") for n, (owners, text) in enumerate(works)]


def held(works):
    """Return who holds each run of 5 words, by sets; a joint work counts for its first owner."""
    holders = defaultdict(set)
    for owners, text in works:
        for shingle in planted.shingles(text):
            holders[shingle].add(owners[0])
    return holders


@settings(max_examples=150)
@given(works=WORKS, k=st.integers(2, 4))
def test_the_file_holds_what_k_owners_hold_with_its_count_and_not_a_bit_more(tmp_path_factory, works, k):
    path = tmp_path_factory.mktemp("sketch") / "s"
    sketch = publish(rows(works), path, k=k)
    wanted = {
        int(marks(" ".join(shingle), sketch.key)[0]): len(owners)
        for shingle, owners in held(works).items()
        if len(owners) >= k
    }
    assert dict(zip(sketch.marks.tolist(), sketch.counts.tolist(), strict=True)) == wanted
    head, _, body = path.read_bytes().partition(b"\n")
    assert len(body) == 12 * len(wanted)
    assert (len(head) + 1) % 64 == 0
    assert set(json.loads(head)) == {
        "format", "version", "key", "k", "owners", "works", "shingles", "sha256",
    }  # fmt: skip
    for shingle, owners in held(works).items():
        if len(owners) < k:
            assert marks(" ".join(shingle), sketch.key).tobytes() not in body


def test_what_goes_through_many_files_on_disk_is_counted_the_same(tmp_path, monkeypatch):
    rng = random.Random(1)
    texts = [planted.words(rng, 300) for _ in range(10)]
    works = [([f"o{n % 7}"], planted.quoting(rng, texts) * 2) for n in range(120)]
    monkeypatch.setattr(public, "HELD", 50)
    sketch = publish(rows(works), tmp_path / "s", k=3)
    counts = [len(owners) for owners in held(works).values() if len(owners) >= 3]
    assert sorted(sketch.counts.tolist()) == sorted(counts)
    assert len(counts) > 100
    assert np.all(sketch.marks[1:] > sketch.marks[:-1])


def test_a_text_that_ten_wrote_together_is_not_in_it(tmp_path):
    text = planted.words(random.Random(2), 40)
    together = [sorted(f"o{n}" for n in range(10)), text]
    assert len(publish(rows([together]), tmp_path / "s", k=2).marks) == 0
    assert len(publish(rows([together, (["zoe"], text)]), tmp_path / "s", k=2).marks) == 36


@settings(max_examples=150)
@given(works=WORKS, asked=st.lists(st.sampled_from("abc"), max_size=14), k=st.integers(2, 4))
def test_an_answer_bounds_the_owners_of_the_whole_text(tmp_path_factory, works, asked, k):
    sketch = publish(rows(works), tmp_path_factory.mktemp("sketch") / "s", k=k)
    found = sketch.how_many(" ".join(asked))
    holders = held(works)
    own = planted.shingles(asked)
    counts = [len(holders[s]) for s in own if len(holders[s]) >= k]
    assert (found.shingles, found.held) == (len(own), len(counts))
    assert found.median == (sorted(counts)[len(counts) // 2] if counts else None)
    if own:
        whole = len({owners[0] for owners, text in works if own <= planted.shingles(text)})
        assert whole <= found.most


def test_one_key_is_not_another(tmp_path):
    works = rows([(["ada"], list("abcdef")), (["bo"], list("abcdef"))])
    one, other = publish(works, tmp_path / "a", k=2), publish(works, tmp_path / "b", k=2)
    assert not set(one.marks.tolist()) & set(other.marks.tolist())
    assert one.how_many("A b, c d e f!").share == other.how_many("a b c d e f").share == 1


@pytest.mark.parametrize("at", range(0, 500, 13))
def test_a_changed_byte_is_never_read_as_an_answer(tmp_path, at):
    path = tmp_path / "s"
    text = planted.words(random.Random(3), 20)
    publish(rows([(["ada"], text), (["bo"], text)]), path, k=2)
    data = bytearray(path.read_bytes())
    data[min(at, len(data) - 1)] ^= 0x01
    path.write_bytes(data)
    with pytest.raises(InputError):
        Sketch(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "no public sketch"), (b"words\n", "no public sketch"),
     (b'{"format": "commonweal-public-sketch", "version": 2}\n', "of version 2")],
)  # fmt: skip
def test_what_is_no_sketch_is_refused(tmp_path, content, said):
    (tmp_path / "s").write_bytes(content)
    with pytest.raises(InputError, match=said):
        Sketch(tmp_path / "s")


def test_a_threshold_of_one_is_refused(tmp_path):
    with pytest.raises(InputError, match="a threshold of 1"):
        publish([], tmp_path / "s", k=1)
