"""KNN-Shapley by its definition: every coalition scored, every marginal weighted. Slow, and plain."""

from itertools import combinations
from math import factorial

import numpy as np


def score(rows, X, y, T, t, k, regression):
    """Mean over the test points of the utility of Jia et al. 2019."""
    total = 0.0
    for point, wanted in zip(T, t, strict=True):
        distance = ((X[rows].astype(float) - point.astype(float)) ** 2).sum(axis=1)
        near = rows[np.argsort(distance, kind="stable")[:k]]
        total += -((y[near].sum() / k - wanted) ** 2) if regression else (y[near] == wanted).sum() / k
    return total / len(T)


def by_definition(X, y, T, t, k, owners, regression, base=()):
    """Shapley values of np.unique(owners) over rows that are not in `base`, which are always in."""
    players = np.setdiff1d(np.arange(len(X)), base)
    names = np.unique(np.asarray(owners)[players])
    m = len(names)
    worth = {}
    for r in range(m + 1):
        for inside in combinations(range(m), r):
            rows = [i for i in range(len(X)) if i in base or owners[i] in names[list(inside)]]
            worth[inside] = score(np.array(rows, dtype=int), X, y, T, t, k, regression)
    values = np.zeros(m)
    for inside, before in worth.items():
        weight = (
            factorial(len(inside)) * factorial(m - 1 - len(inside)) / factorial(m) if len(inside) < m else 0
        )
        for j in set(range(m)) - set(inside):
            values[j] += weight * (worth[tuple(sorted((*inside, j)))] - before)
    return values
