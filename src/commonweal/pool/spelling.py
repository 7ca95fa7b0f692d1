"""Pairs of names that are one letter apart, found through the names with one letter taken out.

Source: the symmetric deletion of W. Garbe's SymSpell (2012): two words at a distance of one share a form with
at most one letter deleted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SHORTEST, LONGEST = 9, 40  # letters in all
WORD = 5  # the word that differs has at least so many letters
CROWD = 4  # more names than this around one form are a naming scheme


def one_letter_apart(names: Sequence[tuple[str, ...]]) -> list[tuple[int, int]]:
    """Return pairs of indices of long names that differ in one letter, two swapped letters, or a space.

    Parameters
    ----------
    names : sequence of tuple of str
        Words of each name, lower case; those with digits are passed over.
    """
    forms, owners = [], []
    for i, words in enumerate(names):
        text = "".join(words)
        if text.isalpha() and SHORTEST <= len(text) <= LONGEST:
            own = [hash(text), *(hash(text[:k] + text[k + 1 :]) for k in range(len(text)))]
            forms += own
            owners += [i] * len(own)
    if not forms:
        return []
    form, owner = np.array(forms, np.int64), np.array(owners, np.int64)
    order = np.argsort(form, kind="stable")
    form, owner = form[order], owner[order]
    starts = np.flatnonzero(np.concatenate(([True], form[1:] != form[:-1])))
    lengths = np.diff(np.append(starts, len(form)))
    pairs: set[tuple[int, int]] = set()
    for start, length in zip(starts[lengths > 1].tolist(), lengths[lengths > 1].tolist(), strict=True):
        near = sorted(set(owner[start : start + length].tolist()))
        if 1 < len(near) <= CROWD:
            pairs.update(
                (a, b) for k, a in enumerate(near) for b in near[k + 1 :] if _alike(names[a], names[b])
            )
    return sorted(pairs)


def _alike(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    if "".join(a) == "".join(b):
        return a != b
    if len(a) != len(b):
        return False
    differing = [k for k, (v, w) in enumerate(zip(a, b, strict=True)) if v != w]
    if len(differing) != 1:
        return False
    k = differing[0]
    v, w = a[k], b[k]
    if min(len(v), len(w)) < WORD or not _one_edit(v, w):
        return False
    given = len(a) > 1 and k < len(a) - 1
    shorter, longer = sorted((v[:-1], w[:-1]), key=len)
    return not (given and longer.startswith(shorter))  # Mario and Maria are two people


def _one_edit(v: str, w: str) -> bool:
    """Tell whether one letter put in, taken out or changed, or two neighbours swapped, turn v into w."""
    if len(v) > len(w):
        v, w = w, v
    if len(w) - len(v) > 1:
        return False
    at = next((k for k, (x, y) in enumerate(zip(v, w, strict=False)) if x != y), len(v))
    if len(v) < len(w):
        return v[at:] == w[at + 1 :]
    return v[at + 1 :] == w[at + 1 :] or (
        v[at : at + 2] == w[at : at + 2][::-1] and v[at + 2 :] == w[at + 2 :]
    )
