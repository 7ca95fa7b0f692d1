"""The mean of one utility over several train/test splits: less of the luck of one split in every figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.pool.pool import Pool
from commonweal.progress import Progress, silent
from commonweal.utility.base import Bools, Floats, Floor, Ints, Metric, as_coalitions, facts_of
from commonweal.utility.threads import each
from commonweal.utility.units import HERE

Make = Callable[[Pool, Pool], Any]


class Splits:
    """The mean of several utilities with the same owners, one per split.

    Parameters
    ----------
    utilities : sequence of Utility
        At least one; the same owners in the same order, the same metric.
    workers : Workers
        Threads that evaluate splits beside each other.

    Notes
    -----
    Units are those of all splits, each split weighted the same: numerator and denominator of a split are
    divided by its total denominator, so that the ratio of the sums is the mean of the scores. A work that is
    tested in several splits keeps one number in `unit_work`, so that its copies are resampled together.
    `with_base`, `exact_shapley`, `self_prediction` and `base_curve` are there when all utilities have them.

    Raises
    ------
    InputError
        For no utilities, or ones that differ in owners or metric.
    """

    def __init__(self, utilities: Sequence[Any], *, workers: Workers = HERE) -> None:
        self.utilities = tuple(utilities)
        if not self.utilities:
            raise InputError("there are no splits to average", mend="give one utility or more")
        first = self.utilities[0]
        if any(tuple(u.owners) != tuple(first.owners) or u.metric != first.metric for u in self.utilities):
            raise InputError(
                "the splits differ in owners or in metric", mend="make them from one pool and with one model"
            )
        self._workers = workers

    @classmethod
    def of(
        cls,
        pool: Pool,
        make: Make,
        n: int = 10,
        *,
        size: float = 0.2,
        by: str = "within",
        seed: int = 0,
        workers: Workers = HERE,
        progress: Progress = silent,
    ) -> Splits:
        """Split a pool n times (seeds seed … seed + n − 1) and make a utility from each (train, test).

        `make` is for example ``lambda train, test: Ngram(train, test=test, base=base)``. Splits are made side
        by side in threads, so `make` should ask for one job itself.
        """

        def one(seed: int) -> Any:
            utility = make(*pool.split(size, by=by, seed=seed))
            done.append(seed)
            progress(len(done), n, "preparing splits")
            return utility

        done: list[int] = []
        return cls(each(one, range(seed, seed + n), workers), workers=workers)

    @property
    def owners(self) -> Sequence[str]:
        """The players, the same in each split."""
        return tuple(self.utilities[0].owners)

    @property
    def metric(self) -> Metric:
        """The metric, the same in each split."""
        return self.utilities[0].metric  # type: ignore[no-any-return]

    @property
    def facts(self) -> Mapping[str, Any]:
        """Facts of the first split, the number of splits, and each fact that differs as a list."""
        told = [facts_of(u) for u in self.utilities]
        merged = {
            key: value
            if all(other.get(key) == value for other in told)
            else [other.get(key) for other in told]
            for key, value in told[0].items()
        }
        return {**merged, "splits": len(self.utilities)}

    def evaluate(self, coalitions: Bools) -> Floats:
        """Return the mean score over the splits, bool[k, m] → float64[k]."""
        rows = as_coalitions(coalitions, len(self.owners))
        scores = each(lambda utility: np.asarray(utility.evaluate(rows)), self.utilities, self._workers)
        return np.asarray(np.mean(np.stack(scores), axis=0), dtype=np.float64)

    def __getattr__(self, name: str) -> Any:
        """Return an optional capability that all the splits have."""
        parts = self.__dict__.get("utilities", ())
        if name not in _SHARED or not parts or any(getattr(u, name, None) is None for u in parts):
            raise AttributeError(f"{type(self).__name__} has no {name}: not all of its splits have it")
        return _SHARED[name](self, [getattr(u, name) for u in parts])


def _units(splits: Splits, parts: list[Callable[[Bools], tuple[Floats, Floats]]]) -> Any:
    def unit_scores(coalitions: Bools) -> tuple[Floats, Floats]:
        """Return (numerator, denominator) of the units of all splits, each split weighted the same."""
        scored = each(lambda part: part(coalitions), parts, splits._workers)
        total = [d.sum(axis=1, keepdims=True) for _, d in scored]
        weight = [np.divide(1.0, t, out=np.zeros_like(t), where=t != 0) for t in total]
        numerator = np.concatenate([n * w for (n, _), w in zip(scored, weight, strict=True)], axis=1)
        return numerator, np.concatenate([d * w for (_, d), w in zip(scored, weight, strict=True)], axis=1)

    return unit_scores


def _floor(splits: Splits, parts: list[Callable[[], Floor]]) -> Any:
    def floor() -> Floor:
        """Return the floor on the units of all splits, each split weighted the same."""
        found = [part() for part in parts]
        weight = [1 / total if (total := f.denominator.sum()) else 0.0 for f in found]
        numerator = np.concatenate([f.numerator * w for f, w in zip(found, weight, strict=True)])
        denominator = np.concatenate([f.denominator * w for f, w in zip(found, weight, strict=True)])
        return Floor(found[0].name, numerator, denominator)

    return floor


def _exact(splits: Splits, parts: list[Any]) -> Any:
    def exact() -> Floats | None:
        """Return the mean of the splits' exact values, None where one has none."""
        found = [part() for part in parts]
        return None if any(f is None for f in found) else np.mean(np.stack(found), axis=0)

    return exact


def _exact_units(splits: Splits, parts: list[Callable[[], Floats | None]]) -> Any:
    def exact_unit_shapley() -> Floats | None:
        """Return float64[m, u] over the units of all splits, whose mean over units is `exact_shapley`."""
        found = [values for values in (part() for part in parts) if values is not None]
        if len(found) < len(parts):
            return None
        share = sum(values.shape[1] for values in found) / len(found)
        return np.concatenate([values * (share / values.shape[1]) for values in found], axis=1)

    return exact_unit_shapley


def _self_prediction(splits: Splits, parts: list[Callable[..., Floats]]) -> Any:
    return lambda *args, **options: np.mean(np.stack([part(*args, **options) for part in parts]), axis=0)


def _base_curve(splits: Splits, parts: list[Callable[..., tuple[Floats, Floats]]]) -> Any:
    def base_curve(fractions: Sequence[float], seed: int = 0) -> tuple[Floats, Floats]:
        """Return (size, score), each the mean over the splits, which draw portions of their own."""
        seeds = [len(parts) * seed + k for k in range(len(parts))]
        asked = list(zip(parts, seeds, strict=True))
        curves = each(lambda pair: pair[0](fractions, pair[1]), asked, splits._workers)
        size, score = (np.mean(np.stack(column), axis=0) for column in zip(*curves, strict=True))
        return size, score

    return base_curve


def _with_base(splits: Splits, parts: list[Callable[[Pool | None], Any]]) -> Any:
    return lambda pool: Splits(each(lambda part: part(pool), parts, splits._workers), workers=splits._workers)


def _with_weights(splits: Splits, parts: list[Callable[..., Any]]) -> Any:
    return lambda **weights: Splits(
        each(lambda part: part(**weights), parts, splits._workers), workers=splits._workers
    )


def _visitors(splits: Splits, parts: list[Callable[[], Any]]) -> Any:
    return lambda: Splits([part() for part in parts], workers=splits._workers)


def _joined(splits: Splits, parts: list[Ints]) -> Ints:
    return np.concatenate([np.asarray(part) for part in parts])


_SHARED: dict[str, Callable[[Splits, list[Any]], Any]] = {
    "bounds": lambda _, parts: (min(p[0] for p in parts), max(p[1] for p in parts)),
    "sizes": lambda _, parts: np.mean(np.stack(parts), axis=0),
    "unit_owner": _joined,
    "unit_work": _joined,
    "unit_slice": lambda _, parts: [name for part in parts for name in part],
    "unit_scores": _units,
    "floor": _floor,
    "with_base": _with_base,
    "with_weights": _with_weights,
    "for_visitors": _visitors,
    "exact_shapley": _exact,
    "exact_unit_shapley": _exact_units,
    "record_sums": _exact,
    "self_prediction": _self_prediction,
    "base_curve": _base_curve,
}
