"""The heavy loops, compiled by numba: order the points of each test point, then walk the order.

Ordering is a radix sort on the bits of the squared distance, which for numbers ≥ 0 order as the numbers do.
Items pack (key, index) in 64 bits; two scatter passes over the leading 20 bits of the key's range and an
insertion sort over what is left give exactly the order by (distance, index). What needs an ordering runs on
one thread and lets go of the interpreter: `Search.each_block` runs several at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np
from numba import prange

F = TypeVar("F", bound=Callable[..., Any])
Array = Any  # numpy arrays, typed by numba at the first call

serial: Callable[[F], F] = numba.njit(cache=True, nogil=True)
"""Compile a function."""
parallel: Callable[[F], F] = numba.njit(cache=True, nogil=True, parallel=True)
"""Compile a function whose `prange` runs on several threads."""

RADIX = 10
BUCKETS = 1 << RADIX
INDEX = np.uint64(0xFFFFFFFF)  # the half of an item that holds its tag
ONE = np.uint64(1)


@serial
def _width(value: Any) -> int:
    bits = 0
    while value > 0:
        value >>= np.uint64(1)
        bits += 1
    return bits


@serial
def _distances(row: Array, norms: Array, norm: Any, copies: Array, firsts: Array) -> None:
    """Products x·t → squared distances, in place, as `distances.squared` does."""
    zero = row[0] - row[0]  # of the row's own precision, and not -0.0, whose bits are large
    for i in range(len(row)):
        d = (norms[i] - (row[i] + row[i])) + norm
        row[i] = d if d > zero else zero
    for c in range(len(copies)):
        row[copies[c]] = row[firsts[c]]


@serial
def _rank(row: Array, bits: Array, says: Array, wanted: Any, items: Array, spare: Array) -> None:
    """Fill `items`, nearest point first; the low 32 bits of each are 2 * index + (says[index] == wanted)."""
    n = len(bits)
    low, high = bits[0], bits[0]
    for i in range(n):
        low = min(low, bits[i])
        high = max(high, bits[i])
    spread = _width(np.uint64(high - low))
    drop = np.uint64(max(0, spread - 32))
    fine = np.uint64(max(0, min(spread, 32) - 2 * RADIX))
    first, second = np.zeros(BUCKETS, np.int32), np.zeros(BUCKETS, np.int32)
    radix, mask, half = np.uint64(RADIX), np.uint64(BUCKETS - 1), np.uint64(32)
    for i in range(n):
        key = np.uint64(bits[i] - low) >> drop
        tag = np.uint64(2 * i) | np.uint64(says[i] == wanted)
        items[i] = (key << half) | tag
        digit = key >> fine
        first[digit & mask] += 1
        second[digit >> radix] += 1
    a, b = 0, 0
    for j in range(BUCKETS):
        a, first[j] = a + first[j], a
        b, second[j] = b + second[j], b
    shift = half + fine
    for i in range(n):
        item = items[i]
        bucket = (item >> shift) & mask
        spare[first[bucket]] = item
        first[bucket] += 1
    shift += radix
    for i in range(n):
        item = spare[i]
        bucket = item >> shift
        items[second[bucket]] = item
        second[bucket] += 1
    if _finish(items) and drop > 0:
        _settle(row, items)


@serial
def _finish(items: Array) -> bool:
    """Insertion sort of nearly sorted items, a plain sort where that would take long; are keys equal?"""
    budget = 8 * len(items)
    half = np.uint64(32)
    equal = False
    largest = items[0]
    for i in range(1, len(items)):
        item = items[i]
        if largest <= item:
            equal |= largest >> half == item >> half
            largest = item
            continue
        j = i
        while j > 0 and items[j - 1] > item:
            items[j] = items[j - 1]
            j -= 1
        items[j] = item
        # An equal key came earlier, for its index is smaller, and stands right before.
        equal |= j > 0 and items[j - 1] >> half == item >> half
        budget -= i - j
        if budget < 0:
            items.sort()  # items are all different, so the order is the same
            return True
    return equal


@serial
def _settle(row: Array, items: Array) -> None:
    """Order runs of equal keys by the distance in full; within a run the indices are in order already."""
    half = np.uint64(32)
    start = 0
    for i in range(1, len(items) + 1):
        if i < len(items) and items[i] >> half == items[start] >> half:
            continue
        if i - start > 1:
            run = items[start:i].copy()
            distance = np.empty(len(run), row.dtype)
            for j in range(len(run)):
                distance[j] = row[(run[j] & INDEX) >> ONE]
            items[start:i] = run[np.argsort(distance, kind="mergesort")]
        start = i


@serial
def label_records(
    products: Array, bits: Array, norms: Array, test_norms: Array, copies: Array, firsts: Array,
    label: Array, test_label: Array, step: Array, k: int, total: Array, near: Array,
) -> None:  # fmt: skip
    """Add the values of a block of test points to `total`, float64[n]; Jia et al. 2019, theorem 1.

    `near` receives the hits among the nearest k of all points.
    """
    n = len(total)
    items, spare = np.empty(n, np.uint64), np.empty(n, np.uint64)
    for t in range(len(products)):
        _distances(products[t], norms, test_norms[t], copies, firsts)
        _rank(products[t], bits[t], label, test_label[t], items, spare)
        for r in range(min(k, n)):
            near[t] += items[r] & ONE
        value = 0.0
        following = 0.0
        for r in range(n, 0, -1):
            item = items[r - 1]
            hit = np.float64(item & ONE)
            value += (hit - following) * step[r]
            following = hit
            total[(item & INDEX) >> ONE] += value


@serial
def number_records(
    products: Array, bits: Array, norms: Array, test_norms: Array, copies: Array, firsts: Array,
    target: Array, test_target: Array, k: int, total: Array, near: Array,
) -> None:  # fmt: skip
    """Add the values of a block of test points to `total`, float64[n]; see `records.number_values`.

    `near` receives the sum of the nearest k targets of all points.
    """
    n = len(total)
    items, spare = np.empty(n, np.uint64), np.empty(n, np.uint64)
    before = np.empty(n + 1)
    for t in range(len(products)):
        _distances(products[t], norms, test_norms[t], copies, firsts)
        _rank(products[t], bits[t], target, test_target[t], items, spare)
        before[0] = 0.0
        for r in range(n):
            before[r + 1] = before[r] + target[(items[r] & INDEX) >> ONE]
        near[t] = before[min(k, n)]
        _number_row(items, before, target, test_target[t], k, total)


@serial
def _number_row(items: Array, before: Array, target: Array, wanted: float, k: int, total: Array) -> None:
    n = len(items)
    y = target[(items[n - 1] & INDEX) >> ONE]
    m = min(k - 1, n - 1)
    others = before[n - 1] * (m * (m + 1.0) / (2.0 * n * (n - 1.0))) if n > 1 else 0.0
    value = -(y / k) * ((y / k - 2.0 * wanted) * (min(k, n) / n) + 2.0 * others / k)
    total[(items[n - 1] & INDEX) >> ONE] += value
    after = 0.0
    following = y
    for i in range(n - 1, 0, -1):  # ranks count from 1
        if i + 2 <= n:
            rank = i + 2
            m = min(k - 1, rank - 2)
            after += target[(items[rank - 1] & INDEX) >> ONE] * (
                m * (m + 1.0) / (2.0 * (rank - 2.0) * (rank - 1.0))
            )
        y = target[(items[i - 1] & INDEX) >> ONE]
        m = min(k - 1, i - 1)
        others = after
        if i > 1:
            others += before[i - 1] * (m * (m + 1.0) / (2.0 * i * (i - 1.0)))
        value += (
            (following - y) / k * (((y + following) / k - 2.0 * wanted) * (min(k, i) / i) + 2.0 * others / k)
        )
        total[(items[i - 1] & INDEX) >> ONE] += value
        following = y


@serial
def shortlist(
    products: Array, bits: Array, norms: Array, test_norms: Array, copies: Array, firsts: Array,
    block: Array, limit: Array, k: int, lists: Array, lengths: Array,
) -> None:  # fmt: skip
    """Write the points that can ever count into `lists`, int32[b, width], nearest first.

    `limit` is how many points of each block can count, the base (block -1) in the last place.
    """
    n = products.shape[1]
    items, spare = np.empty(n, np.uint64), np.empty(n, np.uint64)
    for t in range(len(products)):
        _distances(products[t], norms, test_norms[t], copies, firsts)
        _rank(products[t], bits[t], block, 0, items, spare)
        left = limit.copy()
        size, waiting = 0, limit.sum()
        for r in range(n):
            i = (items[r] & INDEX) >> ONE
            b = block[i]
            if left[b] == 0:
                continue
            lists[t, size] = i
            size += 1
            left[b] -= 1
            waiting -= 1
            if waiting == 0 or (b < 0 and limit[b] == k and left[b] == 0):
                break  # behind k points of the base nothing counts
        lengths[t] = size


@parallel
def sum_inside(
    offsets: Array, block: Array, says: Array, inside: Array, k: int, first: int, total: Array, count: Array
) -> None:
    """For test points from `first` on and each coalition: Σ of what the nearest k inside say; how many."""
    for u in prange(len(total)):
        for c in range(len(inside)):
            size = 0
            sum_ = 0.0
            for at in range(offsets[first + u], offsets[first + u + 1]):
                b = block[at]
                if b < 0 or inside[c, b]:
                    sum_ += says[at]
                    size += 1
                    if size == k:
                        break
            total[u, c] = sum_
            count[u, c] = size


@parallel
def vote_inside(
    offsets: Array, block: Array, says: Array, inside: Array, k: int, first: int, wanted: Array, classes: int,
    right: Array, count: Array,
) -> None:  # fmt: skip
    """The same, with votes: 1.0 where the wanted label has most votes, even votes to the smaller label."""
    for u in prange(len(right)):
        tally = np.zeros(classes, np.int64)
        for c in range(len(inside)):
            tally[:] = 0
            size = 0
            for at in range(offsets[first + u], offsets[first + u + 1]):
                b = block[at]
                if b < 0 or inside[c, b]:
                    tally[says[at]] += 1
                    size += 1
                    if size == k:
                        break
            right[u, c] = 1.0 if size > 0 and np.argmax(tally) == wanted[first + u] else 0.0
            count[u, c] = size
