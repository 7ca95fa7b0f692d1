"""The worst strike found by greedy search: a bound from one side, since a worse one may exist.

Greedy adds the owners whose joining hurts the others most. Where the budget does not allow a round for each
owner, several join in one round; where it does not even allow a look at everyone, a random part is looked at
and the rest stay as they were last seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commonweal.leverage.effects import ALL, OTHERS, Effects, Panel, measure
from commonweal.leverage.plans import WORST, Plan
from commonweal.parallel import Workers
from commonweal.progress import Progress, silent
from commonweal.utility.base import Bools, Floats

WORST_SAID = (
    "The worst strikes were found by search: a worse one may exist. They are picked by the test set they are "
    "judged on, which overstates them; the facts say what strikes found on one half cost on the other."
)


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
    known = np.full(m, -np.inf)  # the harm of each owner when last looked at
    rounds = max(1, budget // m)
    step = -(-targets[-1] // rounds) if targets else 1
    for target in targets:
        while gone.sum() < target:
            candidates = np.flatnonzero(~gone)
            look = min(len(candidates), max(budget - spent, 0))
            seen = np.sort(rng.permutation(candidates)[:look])
            known[seen], cost = _joining(panel, gone, seen, workers)
            spent += cost
            take = int(min(step, target - gone.sum()))
            gone[candidates[np.argsort(-known[candidates], kind="stable")][:take]] = True
            progress(int(gone.sum()), targets[-1], "search for the worst strike")
        found[target] = gone.copy()
    return Search(found, spent)


def _joining(panel: Panel, gone: Bools, seen: NDArray[np.intp], workers: Workers) -> tuple[Floats, int]:
    """Return the loss for others when each of `seen` joins those `gone`."""
    if not len(seen):
        return np.empty(0), 0
    stay = np.repeat(~gone[None], len(seen), axis=0)
    stay[np.arange(len(seen)), seen] = False
    effects = measure(panel, stay, workers=workers)
    return _harm(panel, effects), effects.evaluated


def worst_found(
    panel: Panel,
    pairs: Sequence[tuple[Plan, Effects]],
    participation: Sequence[float],
    sizes: Sequence[int],
    budget: int,
    seed: int,
    workers: Workers,
    progress: Progress,
) -> tuple[list[tuple[Plan, Effects]], dict[str, Any]]:
    """Return the worst strikes found, and how the search fared.

    Two thirds of the budget go to greedy search; strikes measured already, by groups or at random, stand
    beside it and the worst is taken. It is picked by the test set it is judged on, so its loss is overstated
    there: a third of the budget searches on one half of the test set and tells what that costs on the other.
    """
    if budget < 1 or not sizes:
        return [], {"evaluations": 0}
    search = search_worst(panel, sizes, budget=budget * 2 // 3, seed=seed, workers=workers, progress=progress)
    out, evaluated = [], search.evaluated
    for share, size in zip(participation, sizes, strict=True):
        if size not in search.found:
            continue
        strikers = _harshest(panel, [e for e in pairs if e[0].owners == size], search.found[size])
        strikers = _harsher(panel, search.found[size], strikers, workers)
        plan = Plan(WORST, None, float(share), strikers[None])
        out.append((plan, measure(panel, ~plan.strikers, workers=workers)))
        evaluated += 2
    unseen, spent = _unseen(panel, sizes, budget // 3, seed, workers)
    return out, {"evaluations": evaluated + spent, "unseen": unseen}


def _harm(panel: Panel, effects: Effects) -> Floats:
    change = effects.change(OTHERS if panel.tells_apart else ALL)[:, 0]
    return np.where(np.isnan(change), -np.inf, -change)


def _harshest(panel: Panel, pairs: Sequence[tuple[Plan, Effects]], otherwise: Bools) -> Bools:
    """Return the strikers of the harshest draw measured already."""
    best, most = otherwise, -np.inf
    for plan, effects in pairs:
        harm = _harm(panel, effects)
        if harm.max() > most:
            best, most = plan.strikers[int(harm.argmax())], float(harm.max())
    return best


def _harsher(panel: Panel, left: Bools, right: Bools, workers: Workers) -> Bools:
    """Return whichever strike costs others more."""
    harm = _harm(panel, measure(panel, ~np.stack([left, right]), workers=workers))
    return right if harm[1] > harm[0] else left


def _unseen(
    panel: Panel, sizes: Sequence[int], budget: int, seed: int, workers: Workers
) -> tuple[list[dict[str, Any]], int]:
    """Return what strikes found on one half of the test set cost others on the half not looked at."""
    if len(panel.owner) < 8 or budget < 1:
        return [], 0
    looked, judged = panel.halves(seed)
    search = search_worst(looked, sizes, budget=budget, seed=seed, workers=workers)
    found = []
    for size, strikers in search.found.items():
        harm = _harm(panel, measure(judged, ~strikers[None], workers=workers))[0]
        found.append({"owners": size, "others_change": -float(harm)})
    return found, search.evaluated + len(found)
