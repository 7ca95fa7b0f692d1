"""The heavy loops, compiled by numba: words, keyed hashes, shingles, sketches, fingerprints, comparisons.

- Words are hashed by SipHash-1-3 (Aumasson & Bernstein 2012) under the index's key: three code points to a
  block.
- A *shingle* is the hash of `SHINGLE` words in a row; a text is the sequence of its shingles, nothing less.
- The *sketch* is one-permutation MinHash (Li, Owen & Zhang 2012) with optimal densification (Shrivastava
  2017), cut in bands (Broder 1997; Leskovec et al., §3.4). Candidates are then compared exactly.
- *Fingerprints* are chosen by winnowing (Schleimer, Wilkerson & Aiken 2003): the least hash of 8 words in
  each window of 9, the rightmost of equals, so that two texts which share 16 words share a fingerprint.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np

from commonweal.registry.letters import ALONE, SILENT, WORD

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
U: Any = np.uint64
I64: Any = np.int64
EMPTY = U(0xFFFFFFFFFFFFFFFF)
LONGEST = 4096
"""Letters of the longest word: what goes on after them is the next word."""
OWN = GRAM
"""Words of a run beyond what many works share, from which on it names a work."""


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
    while i < n:
        kind = kinds[points[i]]
        if kind != WORD and kind != ALONE:
            i += 1
            continue
        begin, letters = i, 0
        v0 = key[0] ^ U(0x736F6D6570736575)
        v1 = key[1] ^ U(0x646F72616E646F6D)
        v2 = key[0] ^ U(0x6C7967656E657261)
        v3 = key[1] ^ U(0x7465646279746573)
        block, filled = U(0), 0
        while True:
            block = (block << U(21)) | U(folded[points[i]])
            filled += 1
            letters += 1
            i += 1
            end = i
            while i < n and kind == WORD and kinds[points[i]] == SILENT:
                i += 1
            last = kind == ALONE or i >= n or kinds[points[i]] != WORD
            last = last or letters >= LONGEST or i - begin >= 2 * LONGEST
            if filled == 3 or last:
                v3 ^= block
                v0, v1, v2, v3 = _round(v0, v1, v2, v3)
                v0 ^= block
                block, filled = U(0), 0
            if last:
                break
        length = U(letters) << U(56)
        v3 ^= length
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0 ^= length
        v2 ^= U(0xFF)
        for _ in range(3):
            v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        hashes[count] = v0 ^ v1 ^ v2 ^ v3
        starts[count], ends[count] = begin, end
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
    """Fill the hashes of each `SHINGLE` words in a row, of all where they are fewer; return how many."""
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
        if best < max(left, 0):
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
    """Fill an open table (int64[2^k], -1 where free) with different shingles; return how many."""
    mask = len(slots) - 1
    slots[:] = -1
    count = 0
    for i in range(n):
        mark = I64(marks[i])
        place = mark & mask
        while slots[place] != -1 and slots[place] != mark:
            place = (place + 1) & mask
        if slots[place] == -1:
            slots[place] = mark
            count += 1
    return count


@serial
def digest(
    points: Array, bounds: Array, kinds: Array, folded: Array, key: Array, marks: Array, mark_bounds: Array,
    different: Array, band: Array, prints: Array, print_doc: Array, print_place: Array, word_starts: Array,
    word_lengths: Array, word_bounds: Array,
) -> int:  # fmt: skip
    """Digest many texts for a segment; return how many fingerprints there are.

    `points` uint32, text d at `bounds[d]:bounds[d + 1]`; filled are `marks` (uint32: the low half of
    shingles, text d at `mark_bounds[d]:mark_bounds[d + 1]`), `different` int64[texts], `band` uint64[texts,
    BANDS], the fingerprints with their texts and places, and the places and lengths of words.
    """
    longest = 1
    for d in range(len(bounds) - 1):
        longest = max(longest, bounds[d + 1] - bounds[d])
    hashes, gram, full = np.empty(longest, U), np.empty(longest, U), np.empty(longest, U)
    starts, ends = np.empty(longest, np.int32), np.empty(longest, np.int32)
    minima = np.empty(BINS, U)
    slots = np.empty(slots_for(longest), np.int64)
    at, found, said = 0, 0, 0
    mark_bounds[0] = word_bounds[0] = 0
    for d in range(len(bounds) - 1):
        n = words(points[bounds[d] : bounds[d + 1]], kinds, folded, key, hashes, starts, ends)
        for w in range(n):
            word_starts[said + w] = starts[w]
            word_lengths[said + w] = ends[w] - starts[w]
        said += n
        word_bounds[d + 1] = said
        count = shingles(hashes, n, key, full)
        for i in range(count):
            marks[at + i] = full[i] & U(0xFFFFFFFF)
        different[d] = table_of(marks[at:], count, slots[: slots_for(count)])
        if count:
            sketch(full, count, minima)
            bands(minima, band[d])
        else:
            band[d, :] = EMPTY
        grammed = grams(full, count, gram) if n >= GRAM else 0
        fresh = winnow(gram, grammed, prints[found:], print_place[found:])
        print_doc[found : found + fresh] = d
        found += fresh
        at += count
        mark_bounds[d + 1] = at
    return found


@serial
def conceal(starts: Array, lengths: Array, firsts: Array, counts: Array, ids: Array, key: Array) -> None:
    """Mask the places and lengths of words, or unmask them: XOR with SipHash-1-3 of (work, word's number).

    `counts[i]` words of the work `ids[i]` (uint64[·, 2]), from its word `firsts[i]` on, follow those of i -
    1.
    """
    blocks = np.empty(4, U)
    blocks[3] = U(24) << U(56)
    at = 0
    for i in range(len(firsts)):
        blocks[0], blocks[1] = ids[i, 0], ids[i, 1]
        for w in range(counts[i]):
            blocks[2] = U(firsts[i] + w)
            mask = siphash(blocks, 4, key)
            starts[at] ^= np.uint32(mask & U(0xFFFFFFFF))
            lengths[at] ^= np.uint16((mask >> U(32)) & U(0xFFFF))
            at += 1


@serial
def shared(slots: Array, stamps: Array, stamp: int, marks: Array) -> int:
    """Return how many different shingles of another text are in the table."""
    mask = len(slots) - 1
    count = 0
    for i in range(len(marks)):
        mark = I64(marks[i])
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
def _first_not_below(ordered: Array, first: int, stop: int, wanted: Any) -> int:
    while first < stop:
        middle = (first + stop) // 2
        if ordered[middle] < wanted:
            first = middle + 1
        else:
            stop = middle
    return first


@serial
def span_of(ordered: Array, firsts: Array, shift: Any, wanted: Any) -> Any:
    """Return (first, end) of a hash in a sorted array, by the table of where its leading bits begin."""
    head = wanted >> shift
    stop = firsts[head + U(1)]
    first = _first_not_below(ordered, firsts[head], stop, wanted)
    if first == stop or ordered[first] != wanted:
        return first, first
    if first + 1 == stop or ordered[first + 1] != wanted:
        return first, first + 1
    if wanted == EMPTY:
        return first, stop
    return first, _first_not_below(ordered, first, stop, wanted + U(1))


@serial
def _wider(array: Array) -> Array:
    """Return an array of twice the rows, begun alike."""
    wider = np.empty((2 * len(array), array.shape[1]), array.dtype)
    wider[: len(array)] = array
    return wider


@serial
def near(
    marks: Array, mark_bounds: Array, band: Array, ordered: Array, rows: Array, firsts: Array, shift: Any,
    texts: Array, text_bounds: Array, different: Array, gone: Array, threshold: float, begin: int, end: int,
    most: int,
) -> Any:  # fmt: skip
    """Return the works of a segment whose Jaccard similarity with texts reaches a threshold.

    Candidates share a band; each is compared exactly. Looked up are the texts from `begin` to `end`, or to
    the one with which `most` works are reached.

    Returns
    -------
    hits : int64[m, 4]
        Text, row, shingles that both have, different shingles of the text.
    end : int
        The first text that was not looked up.
    """
    hits, count = np.empty((64, 4), np.int64), 0
    candidates = np.empty((64, 1), np.uint32)
    for d in range(begin, end):
        if count >= most:
            return hits[:count], d
        n = mark_bounds[d + 1] - mark_bounds[d]
        if n == 0:
            continue
        met = 0
        for b in range(BANDS):
            first, stop = span_of(ordered, firsts, shift, band[d, b])
            for i in range(first, stop):
                if gone[rows[i]]:
                    continue
                if met == len(candidates):
                    candidates = _wider(candidates)
                candidates[met, 0] = rows[i]
                met += 1
        if met == 0:
            continue
        slots = np.empty(slots_for(n), np.int64)
        stamps = np.full(len(slots), -1, np.int64)
        own = table_of(marks[mark_bounds[d] :], n, slots)
        before = I64(-1)
        for candidate in np.sort(candidates[:met, 0]):
            row = I64(candidate)
            other = I64(different[row])
            least = min(own, other)
            if row == before or least / (own + other - least) < threshold:
                continue
            before = row
            both = shared(slots, stamps, row, texts[text_bounds[row] : text_bounds[row + 1]])
            if both / (own + other - both) >= threshold:
                if count == len(hits):
                    hits = _wider(hits)
                hits[count, 0], hits[count, 1], hits[count, 2], hits[count, 3] = d, row, both, own
                count += 1
    return hits[:count], end


@serial
def frequencies(prints: Array, ordered: Array, rows: Array, firsts: Array, shift: Any, out: Array) -> None:
    """Add to `out` the number of works of a segment that hold each fingerprint, withdrawn ones too."""
    for p in range(len(prints)):
        first, end = span_of(ordered, firsts, shift, prints[p])
        for i in range(first, end):
            if i == first or rows[i] != rows[i - 1]:
                out[p] += 1


@serial
def _slot(table: Array, era: int, row: int, shift: int) -> Any:
    """Return where (row, shift) is in the table, or the free place for it."""
    mask = U(len(table) - 1)
    place = _mix(_mix(U(row)) ^ U(shift)) & mask
    while table[place, 0] == era and (table[place, 1] != row or table[place, 2] != shift):
        place = (place + U(1)) & mask
    return place


@serial
def _alike_back(mine: Array, here: int, theirs: Array, there: int) -> int:
    """Return how many shingles before two places agree."""
    n, most = 0, min(here, there)
    while n < most and mine[here - n - 1] == theirs[there - n - 1]:
        n += 1
    return n


@serial
def _alike_on(mine: Array, here: int, theirs: Array, there: int) -> int:
    """Return how many shingles from two places on agree."""
    n, most = 0, min(len(mine) - here, len(theirs) - there)
    while n < most and mine[here + n] == theirs[there + n]:
        n += 1
    return n


@serial
def runs(
    marks: Array, mark_bounds: Array, prints: Array, print_bounds: Array, places: Array,
    ordered: Array, rows: Array, at: Array, firsts: Array, shift: Any, texts: Array, text_bounds: Array,
    gone: Array, begin: int, end: int, most: int,
) -> Any:  # fmt: skip
    """Return the runs of at least `PASSAGE` words that texts share with a segment's works, each in full.

    Each shared fingerprint is followed both ways as far as shingles agree. `gone` bool[works] marks works
    that were withdrawn. Looked up are the texts from `begin` to `end`, or to the one with which `most` runs
    are reached.

    Returns
    -------
    runs : int64[m, 5]
        Text, row, place in the text, place in the work, shingles.
    end : int
        The first text that was not looked up.
    """
    needed = PASSAGE - SHINGLE + 1
    out, count = np.empty((64, 5), np.int64), 0
    table = np.full((256, 4), -1, np.int64)  # by text, row, and how far the run is shifted: where it ends
    for d in range(begin, end):
        if count >= most:
            return out[:count], d
        mine, filled = marks[mark_bounds[d] : mark_bounds[d + 1]], 0
        if len(mine) < needed:
            continue
        for p in range(print_bounds[d], print_bounds[d + 1]):
            here = I64(places[p])
            first, stop = span_of(ordered, firsts, shift, prints[p])
            for i in range(first, stop):
                row, there = I64(rows[i]), I64(at[i])
                if gone[row]:
                    continue
                slot = _slot(table, d, row, there - here)
                known = table[slot, 0] == d
                if known and table[slot, 3] > here:
                    continue  # the same run, by another of its fingerprints
                theirs = texts[text_bounds[row] : text_bounds[row + 1]]
                back = _alike_back(mine, here, theirs, there)
                on = _alike_on(mine, here, theirs, there)
                table[slot, 0], table[slot, 1] = d, row
                table[slot, 2], table[slot, 3] = there - here, here + on
                if not known:
                    filled += 1
                    if 2 * filled > len(table):
                        wider = np.full((2 * len(table), 4), -1, np.int64)
                        for old in range(len(table)):
                            if table[old, 0] == d:
                                wider[_slot(wider, d, table[old, 1], table[old, 2])] = table[old]
                        table = wider
                if back + on >= needed:
                    if count == len(out):
                        out = _wider(out)
                    out[count, 0], out[count, 1] = d, row
                    out[count, 2], out[count, 3], out[count, 4] = here - back, there - back, back + on
                    count += 1
    return out[:count], end


@serial
def judge(found: Array, group: Array, n: int, common_from: int, named: Array, frequency: Array) -> Array:
    """Tell what many works share in a text of n shingles from what names a work.

    The works that hold each 16 words of the text are counted; words in any 16 that `common_from` works hold
    are common. A run names its work if `OWN` of its words or more aren't.

    Parameters
    ----------
    found : int64[m, 5]
        The text's runs with all works, as `runs` gives them, by group and place in the text.
    group : int64[m]
        The work of each: its place in the order.
    named : bool[m]
        Filled: whether each run names its work.
    frequency : int64[m]
        Filled: the works that hold the rarest 16 words of each run.

    Returns
    -------
    int64[c, 3]
        Stretches of shingles that runs cover which name nobody: begin, end, and the works that hold the
        rarest common 16 words there.
    """
    windows = n - (PASSAGE - SHINGLE)
    holders = np.zeros(windows + 1, np.int64)
    reached = I64(0)
    for i in range(len(found)):
        if i == 0 or group[i] != group[i - 1]:
            reached = I64(0)
        begin, end = max(found[i, 2], reached), found[i, 2] + found[i, 4] - (PASSAGE - SHINGLE)
        if end > begin:
            holders[begin] += 1
            holders[end] -= 1
            reached = end
    for w in range(1, windows + 1):
        holders[w] += holders[w - 1]
    total = n + SHINGLE - 1
    common = np.zeros(total + 1, np.int64)  # of the words before each, how many are common
    until = 0
    for word in range(total):
        if word < windows and holders[word] >= common_from:
            until = word + PASSAGE
        common[word + 1] = common[word] + (1 if word < until else 0)
    unnamed = np.zeros(n + 1, np.int64)
    for i in range(len(found)):
        begin, size = found[i, 2], found[i, 4]
        least = holders[begin]
        for w in range(begin + 1, begin + size - (PASSAGE - SHINGLE)):
            least = min(least, holders[w])
        frequency[i] = least
        length = size + SHINGLE - 1
        named[i] = length - (common[begin + length] - common[begin]) >= OWN
        if not named[i]:
            unnamed[begin] += 1
            unnamed[begin + size] -= 1
    stretches, count = np.empty((16, 3), np.int64), 0
    depth, first = 0, 0
    for i in range(n + 1):
        before = depth
        depth += unnamed[i]
        if depth > 0 and before == 0:
            first = i
        if depth == 0 and before > 0:
            least = I64(0)
            for w in range(max(first - PASSAGE + 1, 0), min(i + SHINGLE - 1, windows)):
                if holders[w] >= common_from and (least == 0 or holders[w] < least):
                    least = holders[w]
            if count == len(stretches):
                stretches = _wider(stretches)
            stretches[count, 0], stretches[count, 1], stretches[count, 2] = first, i, least
            count += 1
    return stretches[:count]


@serial
def judge_all(
    found: Array, group: Array, edges: Array, bounds: Array, common_from: int, named: Array, frequency: Array
) -> Array:
    """Judge text after text: see `judge`.

    `found` int64[m, 6] has the shelf before what `judge` takes; the runs of text i lie at `edges[i]:edges[i +
    1]`, its shingles at `bounds[i]:bounds[i + 1]`.

    Returns
    -------
    int64[c, 4]
        Place of the text in `edges`, begin, end, works.
    """
    out, count = np.empty((64, 4), np.int64), 0
    for i in range(len(edges) - 1):
        first, stop = edges[i], edges[i + 1]
        if first == stop:
            continue
        size = bounds[i + 1] - bounds[i]
        stretches = judge(
            found[first:stop, 1:], group[first:stop], size, common_from, named[first:stop],
            frequency[first:stop],
        )  # fmt: skip
        for s in range(len(stretches)):
            if count == len(out):
                out = _wider(out)
            out[count, 0], out[count, 1:] = i, stretches[s]
            count += 1
    return out[:count]
