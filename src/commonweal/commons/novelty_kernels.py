"""The heavy loop of novelty: every shingle of an index is looked up once in a table of the runs asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from commonweal.registry.kernels import serial

Array = Any
U = np.uint64


@serial
def table_of(names: Array) -> Array:
    """Return an open table, at most half full, of places in `names` (uint64[n], different): int64[2^k]."""
    size = 16
    while size < 2 * len(names):
        size *= 2
    slots = np.full(size, -1, np.int32)
    for i in range(len(names)):
        at = names[i] & U(size - 1)
        while slots[at] != -1:
            at = (at + U(1)) & U(size - 1)
        slots[at] = i
    return slots


@serial
def count(
    names: Array, slots: Array, marks: Array, bounds: Array, stays: Array, halvings: int, counts: Array,
    latest: Array,
) -> None:  # fmt: skip
    """Add to `counts` a segment's works that hold each run; `latest` (-1 at first): the last that did."""
    mask = U(len(slots) - 1)
    shift = U(64 - halvings)
    for row in range(len(stays)):
        if not stays[row]:
            continue
        for i in range(bounds[row], bounds[row + 1] - 1):
            run = (U(marks[i]) << U(32)) | U(marks[i + 1])
            if halvings and (run * U(0x9E3779B97F4A7C15)) >> shift != U(0):
                continue
            at = run & mask
            while slots[at] != -1:
                place = slots[at]
                if names[place] == run:
                    if latest[place] != row:
                        latest[place] = row
                        counts[place] += 1
                    break
                at = (at + U(1)) & mask
