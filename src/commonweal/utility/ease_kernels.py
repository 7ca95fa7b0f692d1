"""The inner loops of EASE over sparse ratings: numba where it is installed, the same in numpy where not.

Only held-out pairs are scored, so only the entries of the inverse that they touch are read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from commonweal.utility.base import Bools, Floats, Ints

F = TypeVar("F", bound=Callable[..., Any])

try:
    from numba import njit

    def _compiled(function: F) -> F:
        compiled: F = njit(nogil=True, cache=True)(function)
        return compiled

    FAST = True
except ImportError:  # the extra `fast` is absent

    def _compiled(function: F) -> F:
        return function

    FAST = False


def dual_scores(
    inverse: Floats,
    query: Floats,
    lam: float,
    at: Ints,
    items: tuple[Ints, Ints, Floats],
    by_item: tuple[Ints, Ints],
    asked: Ints,
    inside: Ints,
    own: Floats,
) -> Floats:
    """Return the score of each pair in the users × users form.

    Parameters
    ----------
    inverse : float64[n, n]
        K⁻¹ of the users in the coalition, K = X Xᵀ + λI.
    query : float64[q, n]
        Rows k_uᵀK⁻¹ of users who ask from outside; may be empty.
    lam : float
        λ.
    at : int64[rows]
        Position of each row of X in `inverse`, -1 for those outside.
    items : (start, row, value)
        X by item (CSC).
    by_item : (start, pair)
        Held-out pairs by item.
    asked : int64[p]
        Position of the pair's user in `inverse` or in `query`, -1 where the score is not wanted.
    inside : int64[p]
        1 where `asked` points into `inverse`.
    own : float64[p]
        x_ui, the user's own entry for the title: 0 unless they rated it twice.

    Returns
    -------
    float64[p]
        (x_u B)_i of Steck (2019); 0 where not wanted. With q_i = x_iᵀK⁻¹x_i it is
        x_ui − λ (K⁻¹X)_ui / (1 − q_i) for users inside,
        and x_ui − (x_ui − k_uᵀK⁻¹x_i) / (1 − q_i) for those outside.
    """
    out = np.zeros(len(asked))
    body = _dual if FAST else _dual_slow
    body(inverse, query, lam, at, *items, *by_item, asked, inside, own, out)
    return out


def primal_scores(
    inverse: Floats, users: tuple[Ints, Ints, Floats], row: Ints, item: Ints, wanted: Ints, own: Floats
) -> Floats:
    """Return the score of each pair in the items × items form: x_ui − (x_u P)_i / P_ii, P = (XᵀX + λI)⁻¹.

    `users` is X by user (CSR); `row[p]` is the row of the pair's user, `own[p]` is x_ui; 0 where `wanted[p]`
    is 0.
    """
    out = np.zeros(len(item))
    body = _primal if FAST else _primal_slow
    body(inverse, *users, row, item, wanted, own, out)
    return out


def top(score: Floats, start: Ints, most: Ints) -> Bools:
    """Return which pairs are among the `most[v]` best scores of their user: pairs start[v] to start[v + 1].

    Of equal scores the first comes first.
    """
    if not FAST:
        return _top_slow(score, start, most)
    out = np.zeros(len(score), dtype=np.bool_)
    _top(score, start, most, out)  # type: ignore[no-untyped-call]
    return out


def _top(score, start, most, out):  # type: ignore[no-untyped-def]
    for v in range(len(most)):
        begin = start[v]
        order = np.argsort(-score[begin : start[v + 1]], kind="mergesort")
        for place in range(min(most[v], len(order))):
            out[begin + order[place]] = True


def _dual(inverse, query, lam, at, start, row, value, pair_start, pair, asked, inside, own, out):  # type: ignore[no-untyped-def]
    most = 0
    for i in range(len(start) - 1):
        most = max(most, start[i + 1] - start[i])
    place, x = np.empty(most, np.int64), np.empty(most)
    for i in range(len(start) - 1):
        wanted = False
        for j in range(pair_start[i], pair_start[i + 1]):
            wanted = wanted or asked[pair[j]] >= 0
        if not wanted:
            continue
        n = 0
        for r in range(start[i], start[i + 1]):
            if at[row[r]] >= 0:
                place[n], x[n] = at[row[r]], value[r]
                n += 1
        q = 0.0
        for a in range(n):
            line, half = inverse[place[a]], 0.0
            for b in range(a):
                half += line[place[b]] * x[b]
            q += x[a] * (2 * half + line[place[a]] * x[a])
        for j in range(pair_start[i], pair_start[i + 1]):
            p = pair[j]
            if asked[p] >= 0:
                line = inverse[asked[p]] if inside[p] else query[asked[p]]
                total = 0.0
                for b in range(n):
                    total += line[place[b]] * x[b]
                gain = -lam * total if inside[p] else total - own[p]
                out[p] = own[p] + gain / (1.0 - q)


def _primal(inverse, start, column, value, row, item, wanted, own, out):  # type: ignore[no-untyped-def]
    for p in range(len(item)):
        if wanted[p]:
            line, total = inverse[item[p]], 0.0
            for r in range(start[row[p]], start[row[p] + 1]):
                total += line[column[r]] * value[r]
            out[p] = own[p] - total / line[item[p]]


if FAST:
    _dual, _primal, _top = _compiled(_dual), _compiled(_primal), _compiled(_top)


def _dual_slow(
    inverse: Floats, query: Floats, lam: float, at: Ints, start: Ints, row: Ints, value: Floats,
    pair_start: Ints, pair: Ints, asked: Ints, inside: Ints, own: Floats, out: Floats,
) -> None:  # fmt: skip
    for i in range(len(start) - 1):
        p = pair[pair_start[i] : pair_start[i + 1]]
        p = p[asked[p] >= 0]
        if not len(p):
            continue
        place, x = at[row[start[i] : start[i + 1]]], value[start[i] : start[i + 1]]
        place, x = place[place >= 0], x[place >= 0]
        scale = 1.0 - x @ inverse[np.ix_(place, place)] @ x
        mine, others = p[inside[p] == 1], p[inside[p] == 0]
        if len(mine):
            out[mine] = own[mine] - lam * (inverse[np.ix_(asked[mine], place)] @ x) / scale
        if len(others):
            out[others] = own[others] + (query[np.ix_(asked[others], place)] @ x - own[others]) / scale


def _primal_slow(
    inverse: Floats, start: Ints, column: Ints, value: Floats, row: Ints, item: Ints,
    wanted: Ints, own: Floats, out: Floats,
) -> None:  # fmt: skip
    chosen = np.flatnonzero(wanted)
    for r in np.unique(row[chosen]):
        p = chosen[row[chosen] == r]
        span = slice(start[r], start[r + 1])
        asked = inverse[np.ix_(item[p], column[span])] @ value[span]
        out[p] = own[p] - asked / inverse[item[p], item[p]]


def _top_slow(score: Floats, start: Ints, most: Ints) -> Bools:
    user = np.repeat(np.arange(len(most)), np.diff(start))
    order = np.lexsort((-score, user))
    place = np.empty(len(score), dtype=np.int64)
    place[order] = np.arange(len(score)) - start[user]
    return np.asarray(place < most[user])
