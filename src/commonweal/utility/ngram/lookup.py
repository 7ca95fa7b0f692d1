"""Finding n-grams place by place, by numba (extra `fast`): what `Index.locate` does with numpy otherwise."""
# mypy: disable-error-code="no-untyped-def,untyped-decorator"

from __future__ import annotations

from numba import njit


@njit(nogil=True, cache=True)
def extend(stream, shorter, first, pointer, last, start, inside, out):
    """Write the node of the n-gram that ends at each place to `out`; -1 where the index has none.

    Parameters
    ----------
    stream, shorter, out : int64[t]
        Words, nodes of the (n-1)-grams that end at each place, and room for the answer.
    first, start : int
        First node of the (n-1)-grams and of the n-grams.
    pointer, last : int64[prefixes + 1], int64[n-grams]
        Last words of the n-grams that begin with prefix j: last[pointer[j] : pointer[j + 1]], rising.
    inside : bool
        Whether a boundary may not be the word before the last (n > 2).
    """
    out[0] = -1
    for at in range(1, len(stream)):
        out[at] = -1
        prefix, word = shorter[at - 1], stream[at]
        if prefix < 0 or (inside and stream[at - 1] == 0):
            continue
        low, high = pointer[prefix - first], pointer[prefix - first + 1]
        while low < high:
            middle = (low + high) // 2
            if last[middle] < word:
                low = middle + 1
            else:
                high = middle
        if low < pointer[prefix - first + 1] and last[low] == word:
            out[at] = start + low
