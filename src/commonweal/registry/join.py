"""Several segments made one, without the works that went, in bounded memory: by rows and by hashes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from commonweal.registry.segment import Draft, Segment, leading_bits

AT_ONCE = 1 << 22
"""Words, or entries by hash, that are held at a time."""
PER_WORK = {"marks": "mark_bounds", "starts": "word_bounds", "lengths": "word_bounds"}


def join(draft: Draft, old: Sequence[Segment], kept: Sequence[Any], at_once: int = AT_ONCE) -> None:
    """Write the works of segments that are kept as one segment; the draft is left to be finished.

    Besides `at_once` entries, memory holds a few bytes for each work.

    Parameters
    ----------
    draft : Draft
    old : sequence of Segment
        Made under one key.
    kept : sequence of bool[works]
        Which works of each stay.
    at_once : int
    """
    for segment, stays in zip(old, kept, strict=True):
        draft.append("ids", segment.ids[stays])
        draft.append("different", segment.different[stays])
    for bounds in sorted(set(PER_WORK.values())):
        sizes = [np.diff(s.array(bounds))[k] for s, k in zip(old, kept, strict=True)]
        draft.append(bounds, np.concatenate([[0], np.cumsum(np.concatenate(sizes))]))
    for file, bounds in PER_WORK.items():
        for segment, stays in zip(old, kept, strict=True):
            _copy(draft, file, segment, segment.array(bounds), stays, at_once)
    _merge(draft, "band", ("row",), old, kept, at_once)
    _merge(draft, "print", ("row", "place"), old, kept, at_once)


def _copy(draft: Draft, file: str, segment: Segment, bounds: Any, stays: Any, at_once: int) -> None:
    """Copy what belongs to the works that stay, stretch by stretch of them."""
    values = segment.array(file)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], stays, [False]]).astype(np.int8)))
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        for begin in range(int(bounds[first]), int(bounds[end]), at_once):
            draft.append(file, values[begin : min(begin + at_once, int(bounds[end]))])


def _merge(
    draft: Draft, name: str, columns: Sequence[str], old: Sequence[Segment], kept: Sequence[Any], at_once: int
) -> None:
    """Merge entries by hash, range by range of hashes."""
    news, base = [], 0
    for stays in kept:
        news.append((np.cumsum(stays) - 1 + base).astype(np.uint32))
        base += int(stays.sum())
    for edges in _ranges([s.array(f"{name}_hash") for s in old], at_once):
        gathered: dict[str, list[Any]] = {"hash": [], **{column: [] for column in columns}}
        for segment, stays, new, (first, end) in zip(old, kept, news, edges, strict=True):
            rows = segment.array(f"{name}_row")[first:end]
            here = stays[rows]
            gathered["hash"].append(segment.array(f"{name}_hash")[first:end][here])
            gathered["row"].append(new[rows[here]])
            for column in columns[1:]:
                gathered[column].append(segment.array(f"{name}_{column}")[first:end][here])
        order = np.argsort(np.concatenate(gathered["hash"]), kind="stable")
        for column, pieces in gathered.items():
            draft.append(f"{name}_{column}", np.concatenate(pieces)[order])
    _firsts(draft, name, at_once)


def _ranges(hashes: Sequence[Any], at_once: int) -> Iterator[list[tuple[int, int]]]:
    """Yield, range by range of hashes, where it begins and ends in each segment: `at_once` entries or so."""
    total = sum(map(len, hashes))
    bits = max(-(-total // at_once) - 1, 0).bit_length()
    begin = [0] * len(hashes)
    for head in range(1, (1 << bits) + 1):
        if head == 1 << bits:
            end = [len(h) for h in hashes]
        else:
            border = np.uint64(head << (64 - bits))
            end = [int(np.searchsorted(h, border)) for h in hashes]
        yield list(zip(begin, end, strict=True))
        begin = end


def _firsts(draft: Draft, name: str, at_once: int) -> None:
    """Write where each leading pattern of bits begins: what `segment.firsts` gives, piece by piece."""
    hashes = draft.so_far(f"{name}_hash")
    bits = leading_bits(len(hashes))
    draft.append(f"{name}_first", [0])
    for first in range(1, 1 << bits, at_once):
        heads = np.arange(first, min(first + at_once, 1 << bits), dtype=np.uint64) << np.uint64(64 - bits)
        draft.append(f"{name}_first", np.searchsorted(hashes, heads))
    draft.append(f"{name}_first", [len(hashes)])
