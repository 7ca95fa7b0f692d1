"""Which coalitions are drawn: sizes systematically by a fixed law, members uniformly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_CHUNK = 8_000_000


def law(m: int, drawn: Ints) -> Floats:
    """Return the chance of each size, float64[m + 1]: ½ norm(1/s) + ½ norm(√(1/s + 1/(M-s))) on the
    drawn sizes."""
    p = np.zeros(m + 1)
    first, second = 1 / drawn, np.sqrt(1 / drawn + 1 / (m - drawn))
    p[drawn] = first / first.sum() / 2 + second / second.sum() / 2
    return p


def draw_sizes(n: int, m: int, drawn: Ints, rng: np.random.Generator) -> Ints:
    """Return n sizes: equally spaced quantiles of the law from one random start (systematic sampling)."""
    at = (np.arange(n) + rng.random()) / n
    reached = np.searchsorted(np.cumsum(law(m, drawn)[drawn]), at, side="right")
    return np.asarray(drawn[np.minimum(reached, len(drawn) - 1)])


def draw_rows(sizes: Ints, m: int, rng: np.random.Generator) -> Bools:
    """Return one uniform coalition of each size, bool[n, m]."""
    out = np.zeros((len(sizes), m), bool)
    step = max(1, _CHUNK // m)
    for start in range(0, len(sizes), step):
        part = sizes[start : start + step]
        keys = rng.random((len(part), m))
        cut = np.sort(keys, axis=1)[np.arange(len(part)), part - 1]
        out[start : start + step] = keys <= cut[:, None]
    return out
