"""One tool finds near duplicates: built and asked in a process of its own; run by `registry.py`.

python registry_child.py TOOL FILE     # a JSON object: docs, queries, threshold
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["RAYON_NUM_THREADS"] = "1"

SHINGLE, HASHES = 5, 128
Tool = tuple[Callable[[list[str]], None], Callable[[list[str]], list[list[int]]]]


def shingles(text: str) -> list[str]:
    words = text.split()
    return [" ".join(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1)]


def datasketch(threshold: float) -> Tool:
    """As its documentation has it: 128 hashes by SHA-1, bands chosen for the threshold."""
    from datasketch import MinHash, MinHashLSH

    return _datasketch(lambda: MinHash(HASHES), MinHashLSH(threshold=threshold, num_perm=HASHES))


def datasketch_xxh3(threshold: float) -> Tool:
    """With a faster hash, and 16 bands of 8 for recall."""
    from datasketch import MinHash, MinHashLSH
    from xxhash import xxh3_64_intdigest

    index = MinHashLSH(threshold=threshold, num_perm=HASHES, params=(16, 8))
    return _datasketch(lambda: MinHash(HASHES, hashfunc=lambda b: xxh3_64_intdigest(b) & 0xFFFFFFFF), index)


def _datasketch(fresh: Callable[[], Any], index: Any) -> Tool:
    def sketch(text: str) -> Any:
        made = fresh()
        made.update_batch([s.encode() for s in shingles(text)])
        return made

    def build(docs: list[str]) -> None:
        for number, text in enumerate(docs):
            index.insert(number, sketch(text), check_duplication=False)

    return build, lambda queries: [index.query(sketch(text)) for text in queries]


def rensa(threshold: float) -> Tool:
    """Its `RMinHash`, in 16 bands of 8."""
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(threshold=threshold, num_perm=HASHES, num_bands=16)

    def sketch(text: str) -> Any:
        made = RMinHash(num_perm=HASHES, seed=42)
        made.update(shingles(text))
        return made

    def build(docs: list[str]) -> None:
        for number, text in enumerate(docs):
            index.insert(number, sketch(text))

    return build, lambda queries: [index.query(sketch(text)) for text in queries]


def gaoya(threshold: float) -> Tool:
    """Its index of texts, in 16 bands of 8, on one thread; it cuts the words itself."""
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(
        hash_size=32, jaccard_threshold=threshold, num_bands=16, band_size=8, num_hashes=HASHES,
        analyzer="word", lowercase=True, ngram_range=(SHINGLE, SHINGLE),
    )  # fmt: skip

    def build(docs: list[str]) -> None:
        for number, text in enumerate(docs):
            index.insert_document(number, text)

    return build, lambda queries: [index.query(text) for text in queries]


TOOLS = {f.__name__: f for f in (datasketch, datasketch_xxh3, rensa, gaoya)}


def anonymous() -> int:
    """Return the bytes of memory of this process that no file stands for."""
    with Path("/proc/self/smaps_rollup").open() as told:
        return next(int(line.split()[1]) << 10 for line in told if line.startswith("Anonymous:"))


def main() -> None:
    given = json.loads(Path(sys.argv[2]).read_text())
    build, query = TOOLS[sys.argv[1]](given["threshold"])
    before, start = anonymous(), time.process_time()
    build(given["docs"])
    built, memory = time.process_time(), anonymous() - before
    hits = query(given["queries"])
    asked = time.process_time()
    print(json.dumps({
        "build": built - start, "query": asked - built, "memory": memory,
        "hits": [[q, int(d)] for q, found in enumerate(hits) for d in found],
    }))  # fmt: skip


if __name__ == "__main__":
    main()
