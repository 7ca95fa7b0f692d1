"""The heavy loops, compiled by numba: words, keyed hashes, shingles, sketches, fingerprints, comparisons.

- Words are hashed by SipHash-1-3 (Aumasson & Bernstein 2012) under the index's key: three code points to a block.
- A *shingle* is the hash of `SHINGLE` words in a row; a text is the sequence of its shingles, nothing less.
- The *sketch* is one-permutation MinHash (Li, Owen & Zhang 2012) with optimal densification (Shrivastava 2017),
  cut in bands (Broder 1997; Leskovec et al., §3.4). Candidates are then compared exactly.
- *Fingerprints* are chosen by winnowing (Schleimer, Wilkerson & Aiken 2003): the least hash of 8 words in each
  window of 9, the rightmost of equals, so that two texts which share 16 words share a fingerprint.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np

F = TypeVar("F", bound=Callable[..., Any])
Array = Any

serial: Callable[[F], F] = numba.njit(cache=True, nogil=True)
inlined: Callable[[F], F] = numba.njit(cache=True, nogil=True, inline="always")

SHINGLE = 5
GRAM = 8
WINDOW = 9
PASSAGE = GRAM + WINDOW - 1
"""Words of the shortest run that is always found: 16."""
BINS = 128
BANDS = 32
ROWS = BINS // BANDS
U = np.uint64
LAST = np.uint32(0x30000)
EMPTY = U(0xFFFFFFFFFFFFFFFF)


@inlined
def _turn(x: Any, by: Any) -> Any:
    return (x << U(by)) | (x >> U(64 - by))


@inlined
def _round(v0: Any, v1: Any, v2: Any, v3: Any) -> Any:
    v0 = v0 + v1
    v1 = _turn(v1, 13) ^ v0
    v0 = _turn(v0, 32)
    v2 = v2 + v3
    v3 = _turn(v3, 16) ^ v2
    v0 = v0 + v3
    v3 = _turn(v3, 21) ^ v0
    v2 = v2 + v1
    v1 = _turn(v1, 17) ^ v2
    v2 = _turn(v2, 32)
    return v0, v1, v2, v3


@serial
def siphash(blocks: Array, n: int, key: Array) -> Any:
    """Return SipHash-1-3 of n blocks of 64 bits, the last of them the length."""
    v0 = key[0] ^ U(0x736F6D6570736575)
    v1 = key[1] ^ U(0x646F72616E646F6D)
    v2 = key[0] ^ U(0x6C7967656E657261)
    v3 = key[1] ^ U(0x7465646279746573)
    for i in range(n):
        v3 ^= blocks[i]
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0 ^= blocks[i]
    v2 ^= U(0xFF)
    for _ in range(3):
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3


@serial
def words(
    points: Array, kinds: Array, folded: Array, key: Array, hashes: Array, starts: Array, ends: Array
) -> int:
    """Fill the words' keyed hashes and places; return how many words there are.

    `points` uint32[n]; `hashes` uint64[≥ n], `starts` and `ends` int32[≥ n].
    """
    n, count, i = len(points), 0, 0
    blocks = np.empty(64, dtype=np.uint64)
    while i < n:
        kind = kinds[points[i]] if points[i] < LAST else 2
        if kind == 0:
            i += 1
            continue
        begin = i
        v0 = key[0] ^ U(0x736F6D6570736575)
        v1 = key[1] ^ U(0x646F72616E646F6D)
        v2 = key[0] ^ U(0x6C7967656E657261)
        v3 = key[1] ^ U(0x7465646279746573)
        block, filled = U(0), 0
        while True:
            point = points[i]
            block = (block << U(21)) | U(folded[point] if point < LAST else point)
            filled += 1
            i += 1
            last = kind == 2 or i >= n or (kinds[points[i]] if points[i] < LAST else 2) != 1
            if filled == 3 or last:
                v3 ^= block
                v0, v1, v2, v3 = _round(v0, v1, v2, v3)
                v0 ^= block
                block, filled = U(0), 0
            if last:
                break
        length = U(i - begin) << U(56)
        v3 ^= length
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0 ^= length
        v2 ^= U(0xFF)
        for _ in range(3):
            v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        hashes[count] = v0 ^ v1 ^ v2 ^ v3
        starts[count], ends[count] = begin, i
        count += 1
    return count


@inlined
def _mix(x: Any) -> Any:
    """MurmurHash3's finaliser: every bit of the input moves every bit of the output."""
    x ^= x >> U(33)
    x *= U(0xFF51AFD7ED558CCD)
    x ^= x >> U(33)
    x *= U(0xC4CEB9FE1A85EC53)
    return x ^ (x >> U(33))


@serial
def shingles(hashes: Array, n: int, key: Array, out: Array) -> int:
    """Fill the hashes of each `SHINGLE` words in a row; of all words where they are fewer; return how many."""
    if n == 0:
        return 0
    size = min(n, SHINGLE)
    times = key[3] | U(1)
    rolling, leaving = U(0), U(1)
    for i in range(size):
        rolling = rolling * times + hashes[i]
        leaving *= times
    out[0] = _mix(rolling ^ (key[2] + U(size)))
    for i in range(size, n):
        rolling = rolling * times + hashes[i] - hashes[i - size] * leaving
        out[i - size + 1] = _mix(rolling ^ (key[2] + U(size)))
    return n - size + 1


@serial
def sketch(marks: Array, n: int, out: Array) -> None:
    """Fill the MinHash of a text's shingles: uint64[BINS]."""
    out[:] = EMPTY
    for i in range(n):
        h = marks[i]
        place = h >> U(57)
        value = h & U(0x01FFFFFFFFFFFFFF)
        out[place] = min(value, out[place])
    for place in range(BINS):  # an empty bin borrows from one that two texts would choose alike
        if out[place] == EMPTY:
            attempt = U(1)
            while True:
                other = _mix(U(place) * U(0x9E3779B97F4A7C15) + attempt) >> U(57)
                if out[other] != EMPTY and out[other] >> U(63) == U(0):
                    out[place] = out[other] | U(0x8000000000000000)  # borrowed: not to be borrowed again
                    break
                attempt += U(1)
    for place in range(BINS):
        out[place] &= U(0x7FFFFFFFFFFFFFFF)


@serial
def bands(minima: Array, out: Array) -> None:
    """Fill the hash of each band: uint64[BANDS]."""
    for b in range(BANDS):
        h = U(b + 1) * U(0x9E3779B97F4A7C15)
        for r in range(ROWS):
            h = _mix(h ^ minima[b * ROWS + r])
        out[b] = h


@serial
def grams(marks: Array, n: int, out: Array) -> int:
    """Fill the hashes of each `GRAM` words in a row from those of `SHINGLE`; return how many."""
    count = n - (GRAM - SHINGLE)
    for i in range(count):
        out[i] = _mix(marks[i] * U(3) ^ _mix(marks[i + GRAM - SHINGLE]))
    return max(count, 0)


@serial
def winnow(gram: Array, n: int, hashes: Array, places: Array) -> int:
    """Fill the fingerprints: the least hash of each window, the rightmost of equals; return how many.

    A text with fewer words than a window has, but a gram at least, is one window.
    """
    count, best = 0, -1
    for right in range(n):
        left = right - WINDOW + 1
        if best < left:
            best = max(left, 0)
            for i in range(best + 1, right + 1):
                if gram[i] <= gram[best]:
                    best = i
        elif gram[right] <= gram[best]:
            best = right
        if (left >= 0 or right == n - 1) and (count == 0 or places[count - 1] != best):
            hashes[count], places[count] = gram[best], best
            count += 1
    return count


@serial
def slots_for(n: int) -> int:
    """Return the size of an open table for n shingles: a power of two, at most half full."""
    size = 16
    while size < 2 * n:
        size *= 2
    return size


@serial
def table_of(marks: Array, n: int, slots: Array) -> int:
    """Fill an open table (uint64[2^k], EMPTY where free) with different shingles; return how many."""
    mask = U(len(slots) - 1)
    slots[:] = EMPTY
    count = 0
    for i in range(n):
        place = marks[i] & mask
        while slots[place] != EMPTY and slots[place] != marks[i]:
            place = (place + U(1)) & mask
        if slots[place] == EMPTY:
            slots[place] = marks[i]
            count += 1
    return count


@serial
def digest(
    points: Array, bounds: Array, kinds: Array, folded: Array, key: Array, marks: Array, mark_bounds: Array,
    different: Array, band: Array, prints: Array, print_doc: Array, print_place: Array, word_starts: Array,
    word_lengths: Array, word_bounds: Array,
) -> int:  # fmt: skip
    """Digest many texts for a segment; return how many fingerprints there are.

    `points` uint32, text d at `bounds[d]:bounds[d + 1]`; filled are `marks` (shingles, text d at
    `mark_bounds[d]:mark_bounds[d + 1]`), `different` int64[texts], `band` uint64[texts, BANDS], the
    fingerprints with their texts and places, and the places and lengths of words.
    """
    longest = 1
    for d in range(len(bounds) - 1):
        longest = max(longest, bounds[d + 1] - bounds[d])
    hashes, gram = np.empty(longest, np.uint64), np.empty(longest, np.uint64)
    starts, ends = np.empty(longest, np.int32), np.empty(longest, np.int32)
    minima = np.empty(BINS, np.uint64)
    slots = np.empty(slots_for(longest), np.uint64)
    at, found, said = 0, 0, 0
    mark_bounds[0] = word_bounds[0] = 0
    for d in range(len(bounds) - 1):
        n = words(points[bounds[d] : bounds[d + 1]], kinds, folded, key, hashes, starts, ends)
        for w in range(n):
            word_starts[said + w] = starts[w]
            word_lengths[said + w] = min(ends[w] - starts[w], 0xFFFF)
        said += n
        word_bounds[d + 1] = said
        here = marks[at:]
        count = shingles(hashes, n, key, here)
        different[d] = table_of(here, count, slots[: slots_for(count)])
        if count:
            sketch(here, count, minima)
            bands(minima, band[d])
        else:
            band[d, :] = EMPTY
        grammed = grams(here, count, gram) if n >= GRAM else 0
        fresh = winnow(gram, grammed, prints[found:], print_place[found:])
        print_doc[found : found + fresh] = d
        found += fresh
        at += count
        mark_bounds[d + 1] = at
    return found


@serial
def table_of32(marks: Array, n: int, slots: Array) -> int:
    """Fill an open table (int64[2^k], -1 where free) with different shingles of 32 bits; return how many."""
    mask = len(slots) - 1
    slots[:] = -1
    count = 0
    for i in range(n):
        mark = np.int64(marks[i])
        place = mark & mask
        while slots[place] != -1 and slots[place] != mark:
            place = (place + 1) & mask
        if slots[place] == -1:
            slots[place] = mark
            count += 1
    return count


@serial
def shared(slots: Array, stamps: Array, stamp: int, marks: Array) -> int:
    """Return how many different shingles of another text are in the table."""
    mask = len(slots) - 1
    count = 0
    for i in range(len(marks)):
        mark = np.int64(marks[i])
        place = mark & mask
        while slots[place] != -1:
            if slots[place] == mark:
                if stamps[place] != stamp:
                    stamps[place] = stamp
                    count += 1
                break
            place = (place + 1) & mask
    return count


@serial
def _range(ordered: Array, firsts: Array, shift: Any, wanted: Any) -> Any:
    """Return (first, end) of a hash in a sorted array, by the table of where its leading bits begin."""
    head = wanted >> shift
    first = firsts[head]
    stop = firsts[head + U(1)]
    while first < stop and ordered[first] < wanted:
        first += 1
    end = first
    while end < stop and ordered[end] == wanted:
        end += 1
    return first, end


@serial
def near(
    marks: Array, n: int, band: Array, ordered: Array, rows: Array, firsts: Array, shift: Any,
    texts: Array, text_bounds: Array, different: Array, threshold: float, slots: Array, stamps: Array,
    found: Array, jaccard: Array, containment: Array,
) -> int:  # fmt: skip
    """Fill the rows of a segment whose Jaccard similarity with a text reaches a threshold; return how many.

    Candidates share a band; each is compared exactly. `marks` uint32[n] are the text's shingles; `stamps`
    int64[len(slots)] may hold anything below zero.
    """
    own = table_of32(marks, n, slots)
    candidates = np.empty(64, np.int64)
    count = 0
    for b in range(BANDS):
        first, end = _range(ordered, firsts, shift, band[b])
        for i in range(first, end):
            if count == len(candidates):
                more = np.empty(2 * count, np.int64)
                more[:count] = candidates
                candidates = more
            candidates[count] = rows[i]
            count += 1
    candidates = np.sort(candidates[:count])
    hits = 0
    for c in range(count):
        row = candidates[c]
        if c and candidates[c - 1] == row:
            continue
        both = shared(slots, stamps, row, texts[text_bounds[row] : text_bounds[row + 1]])
        similar = both / (own + different[row] - both)
        if similar >= threshold and hits < len(found):
            found[hits], jaccard[hits], containment[hits] = row, similar, both / own
            hits += 1
    return hits


@serial
def frequencies(prints: Array, ordered: Array, rows: Array, firsts: Array, shift: Any, out: Array) -> None:
    """Add to `out` the number of works of a segment that hold each fingerprint."""
    for p in range(len(prints)):
        first, end = _range(ordered, firsts, shift, prints[p])
        for i in range(first, end):
            if i == first or rows[i] != rows[i - 1]:
                out[p] += 1


@serial
def runs(
    marks: Array, prints: Array, places: Array, frequency: Array, common_from: int, covered: Array,
    ordered: Array, rows: Array, at: Array, firsts: Array, shift: Any, texts: Array, text_bounds: Array,
    gone: Array, out: Array,
) -> int:  # fmt: skip
    """Fill the shared runs of a text with a segment's works; return how many there are, stored or not.

    Each row of `out` int64[most, 5] is (row, place in the text, place in the work, shingles, frequency): runs with a
    fingerprint that fewer than `common_from` works hold. Runs whose fingerprints are all common mark `covered`
    bool[shingles] with the least frequency instead (int64; 0 where nothing common is shared). `gone` bool[rows]
    marks works that were withdrawn.
    """
    n, count = len(marks), 0
    needed = PASSAGE - SHINGLE + 1
    total = 0
    for p in range(len(prints)):
        first, end = _range(ordered, firsts, shift, prints[p])
        total += end - first
    size = slots_for(total)
    keys, ends, table = np.full(size, EMPTY), np.empty(size, np.int64), np.empty(size, np.int64)
    mask = U(size - 1)
    for p in range(len(prints)):
        first, end = _range(ordered, firsts, shift, prints[p])
        for i in range(first, end):
            row, there = rows[i], at[i]
            if gone[row]:
                continue
            here = places[p]
            diagonal = _mix((U(row) << U(32)) ^ U(np.int64(here) - np.int64(there) + (1 << 31))) & ~(
                U(1) << U(63)
            )
            slot = diagonal & mask
            while keys[slot] != EMPTY and keys[slot] != diagonal:
                slot = (slot + U(1)) & mask
            if keys[slot] == diagonal and ends[slot] > here:
                known = table[slot]  # the same run, by another of its fingerprints
                if known >= 0 and known < len(out):
                    out[known, 4] = min(out[known, 4], frequency[p])
                    continue
                if known < 0 and frequency[p] >= common_from:
                    continue
            low, base = text_bounds[row], text_bounds[row + 1] - text_bounds[row]
            begin, there_begin = np.int64(here), np.int64(there)
            while begin > 0 and there_begin > 0 and marks[begin - 1] == texts[low + there_begin - 1]:
                begin -= 1
                there_begin -= 1
            stop, there_stop = np.int64(here), np.int64(there)
            while stop < n and there_stop < base and marks[stop] == texts[low + there_stop]:
                stop += 1
                there_stop += 1
            keys[slot], ends[slot], table[slot] = diagonal, stop, -1
            if stop - begin < needed:
                continue
            if frequency[p] >= common_from:
                for q in range(begin, stop):
                    if covered[q] == 0 or frequency[p] < covered[q]:
                        covered[q] = frequency[p]
                continue
            table[slot] = count
            if count < len(out):
                out[count, 0], out[count, 1], out[count, 2] = row, begin, there_begin
                out[count, 3], out[count, 4] = stop - begin, frequency[p]
            count += 1
    return count
