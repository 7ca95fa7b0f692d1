"""Real works by real members: changed copies and quotations name who wrote them, and nobody else.

Documents that take up others' words (a proposal and the one that replaces it, templates) truly share
them: who else is to be named is told by a slow search for every 16 words in every document.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.registry.slowly import jaccard, words

from commonweal.registry import Index, Work, find
from commonweal.registry.find import COMMON_FROM

DATA = Path(__file__).parents[3] / "shared" / "data"
FILES = [DATA / "peps.jsonl.gz", DATA / "eips.jsonl.gz"]
pytestmark = pytest.mark.skipif(not all(map(Path.exists, FILES)), reason="the works aren't here")
COPIES, QUOTATIONS = 120, 400


@pytest.fixture(scope="module")
def documents() -> list[dict[str, Any]]:
    return [json.loads(line) for path in FILES for line in gzip.open(path, "rt")]


@pytest.fixture(scope="module")
def read(documents: list[dict[str, Any]]) -> list[list[str]]:
    """Return the words of each document."""
    return [words(document["text"]) for document in documents]


@pytest.fixture(scope="module")
def index(documents: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.create(tmp_path_factory.mktemp("real") / "index") as made:
        for begin in range(0, len(documents), 500):
            made.add(
                Work(d["text"], "; ".join(d["authors"]), d["id"]) for d in documents[begin : begin + 500]
            )
        yield made


def changed(rng: random.Random, text: str, share: float, others: list[str]) -> str:
    """Return a text with a share of its words put right by somebody who wants to hide it."""

    def turn(word: re.Match[str]) -> str:
        if rng.random() >= share:
            return word[0]
        return rng.choice([rng.choice(others), "", f"{word[0]} {rng.choice(others)}"])

    return re.sub(r"\w+", turn, text)


def named(read: list[list[str]], queries: list[list[str]]) -> list[set[int]]:
    """Return which documents each query names, by going through every 16 words of all documents."""
    wanted = {tuple(query[i : i + 16]) for query in queries for i in range(len(query) - 15)}
    holders = defaultdict(set)
    for number, text in enumerate(read):
        for i in range(len(text) - 15):
            piece = tuple(text[i : i + 16])
            if piece in wanted:
                holders[piece].add(number)
    found = []
    for query in queries:
        held = [holders[tuple(query[i : i + 16])] for i in range(len(query) - 15)]
        common = {
            place for i, who in enumerate(held) if len(who) >= COMMON_FROM for place in range(i, i + 16)
        }
        told = set()
        for who in set().union(*held):
            for first, last in _rows([i for i, others in enumerate(held) if who in others]):
                if len(set(range(first, last + 16)) - common) >= 8:
                    told.add(who)
        found.append(told)
    return found


def _rows(places: list[int]) -> Iterator[tuple[int, int]]:
    first = before = None
    for place in places:
        if first is None or before is None:
            first = place
        elif place != before + 1:
            yield first, before
            first = place
        before = place
    if first is not None and before is not None:
        yield first, before


def test_changed_copies_name_their_author_and_no_other(
    documents: list[dict[str, Any]], read: list[list[str]], index: Index
) -> None:
    rng = random.Random(5)
    others = sorted({word for text in read[::50] for word in text})
    long = [i for i, text in enumerate(read) if len(text) >= 300]
    chosen = rng.sample(long, COPIES)
    shares = [rng.uniform(0.01, 0.1) for _ in chosen]
    queries = [
        changed(rng, documents[i]["text"], share, others) for i, share in zip(chosen, shares, strict=True)
    ]
    asked = [words(query) for query in queries]
    wanted = named(read, asked)
    keys = {document["id"]: number for number, document in enumerate(documents)}
    told: list[set[int]] = [set() for _ in queries]
    near: list[set[int]] = [set() for _ in queries]
    share: list[dict[int, int]] = [{} for _ in queries]
    for hit in find(index, queries):
        if hit.common:
            assert hit.owner is None
            continue
        number = keys[hit.key or ""]
        assert hit.owner == "; ".join(documents[number]["authors"])
        (near if hit.kind == "near" else told)[hit.query].add(number)
        if hit.kind == "passage":
            share[hit.query][number] = sum(b - a for a, b, _, _ in hit.spans)
        if hit.kind == "near":
            assert hit.jaccard == pytest.approx(jaccard(asked[hit.query], read[number]), abs=1e-3)
        for a, b, c, d in hit.spans:
            quoted = words(queries[hit.query][a:b])
            assert quoted == words(documents[number]["text"][c:d])
            assert len(quoted) >= 16
    assert told == wanted
    for i, source in enumerate(chosen):
        assert source in told[i], "its author is named"
        if jaccard(asked[i], read[source]) >= 0.8:
            assert source in near[i]
        assert share[i][source] == max(share[i].values()), (
            "of all that are named, its author's words are most"
        )


def test_quotations_name_their_author_and_no_other(
    documents: list[dict[str, Any]], read: list[list[str]], index: Index
) -> None:
    rng = random.Random(6)
    sources, queries = [], []
    places = [list(re.finditer(r"\S+", document["text"])) for document in documents]
    while len(queries) < QUOTATIONS:
        source = rng.randrange(len(documents))
        length = rng.randint(16, 100)
        if len(places[source]) <= length:
            continue
        first = rng.randrange(len(places[source]) - length)
        a, b = places[source][first].start(), places[source][first + length - 1].end()
        quoted = documents[source]["text"][a:b]
        if len(words(quoted)) >= 16:
            sources.append(source)
            queries.append(f"As somebody wrote — «{quoted}» — which we quote.")
    wanted = named(read, [words(query) for query in queries])
    keys = {document["id"]: number for number, document in enumerate(documents)}
    told: list[set[int]] = [set() for _ in queries]
    common = [False] * len(queries)
    for hit in find(index, queries, near=False):
        if hit.common:
            common[hit.query] = True
        else:
            told[hit.query].add(keys[hit.key or ""])
    assert told == wanted
    for i, source in enumerate(sources):
        assert source in told[i] or common[i], "found, as its author's or as everybody's"
    assert sum(found == {source} for found, source in zip(told, sources, strict=True)) >= 0.85 * QUOTATIONS


def test_documents_of_the_other_kind_name_nobody_wrongly(
    documents: list[dict[str, Any]], read: list[list[str]], tmp_path: Path
) -> None:
    """Ethereum's proposals asked of an index of Python's: whoever is named has the words."""
    peps = [number for number, document in enumerate(documents) if document["id"].startswith("pep")]
    eips = [number for number in range(len(documents)) if number not in set(peps)]
    with Index.create(tmp_path / "index") as made:
        made.add(Work(documents[n]["text"], documents[n]["authors"][0], str(n)) for n in peps)
        hits = [hit for hit in find(made, [documents[n]["text"] for n in eips]) if not hit.common]
    for hit in hits:
        for a, b, c, d in hit.spans:
            quoted = words(documents[eips[hit.query]]["text"][a:b])
            assert quoted == words(documents[int(hit.key or 0)]["text"][c:d])
            assert len(quoted) >= 16
    assert len({hit.query for hit in hits}) < 0.1 * len(eips)
