"""The worst strike found by greedy search: a bound from one side, since a worse one may exist.

Greedy adds the owners whose joining hurts the others most. Where the budget does not allow a round for each
owner, several join in one round, and where it does not even allow a look at everyone, a random part is
looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonweal.leverage.effects import ALL, OTHERS, Panel, measure
from commonweal.parallel import Workers
from commonweal.progress import Progress, silent
from commonweal.utility.base import Bools, Floats


@dataclass(frozen=True)
class Search:
    """Strikes found, one for each size asked for: bool[m] each, and the number of coalitions evaluated."""

    found: dict[int, Bools]
    evaluated: int


def search_worst(
    panel: Panel,
    sizes: Sequence[int],
    *,
    budget: int,
    seed: int,
    workers: Workers,
    progress: Progress = silent,
) -> Search:
    """Search strikes of the given sizes that cost others most, looking only at the clusters `panel` counts.

    Parameters
    ----------
    panel : Panel
        Usually one half of the test set, so that what is found can be judged on the other half.
    sizes : sequence of int
        Owners that strike; the strikes found are nested.
    budget : int
        Greatest number of coalitions to evaluate.
    """
    m = len(panel.utility.owners)
    targets = sorted({n for n in sizes if 0 < n < m})
    rng = np.random.default_rng([seed, m, 4])
    gone, spent, found = np.zeros(m, bool), 0, {}
    rounds = max(1, budget // m)
    step = -(-targets[-1] // rounds) if targets else 1
    for target in targets:
        while gone.sum() < target:
            candidates = np.flatnonzero(~gone)
            look = min(len(candidates), max(budget - spent, 0))
            seen = np.sort(rng.permutation(candidates)[:look])
            harm, cost = _harm(panel, gone, seen, workers)
            spent += cost
            take = int(min(step, target - gone.sum()))
            gone[_worst(rng, candidates, seen, harm, take)] = True
            progress(int(gone.sum()), targets[-1], "search for the worst strike")
        found[target] = gone.copy()
    return Search(found, spent)


def _harm(panel: Panel, gone: Bools, seen: NDArray[np.intp], workers: Workers) -> tuple[Floats, int]:
    """Return the loss for others when each of `seen` joins those `gone`."""
    if not len(seen):
        return np.empty(0), 0
    stay = np.repeat(~gone[None], len(seen), axis=0)
    stay[np.arange(len(seen)), seen] = False
    effects = measure(panel, stay, workers=workers)
    change = effects.change(OTHERS if panel.tells_apart else ALL)[:, 0]
    return np.where(np.isnan(change), -np.inf, -change), effects.evaluated


def _worst(
    rng: np.random.Generator, candidates: NDArray[np.intp], seen: NDArray[np.intp], harm: Floats, take: int
) -> NDArray[np.intp]:
    """Return `take` owners: the most harmful of those looked at, then others at random."""
    best = seen[np.argsort(-harm, kind="stable")][:take]
    rest = rng.permutation(np.setdiff1d(candidates, best))[: take - len(best)]
    return np.concatenate([best, rest])
