"""The small grid of "had we chosen otherwise": another base, weight, split, smoothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from commonweal.counts import counted
from commonweal.leverage import Setting
from commonweal.parallel import Workers
from commonweal.pool import Pool
from commonweal.study.inputs import Inputs, utility_of
from commonweal.study.models import choose
from commonweal.study.plan import Plan
from commonweal.utility.base import Utility, capability, facts_of

SMOOTHING: Mapping[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "naive-bayes": (
        ("a tenth of the smoothing", {"alpha": 0.1}),
        ("ten times the smoothing", {"alpha": 10.0}),
    ),
    "ridge": (("a tenth of the penalty", {"alpha": 0.1}), ("ten times the penalty", {"alpha": 10.0})),
    "ease": (("a small penalty", {"regularization": 100.0}),),
    "knn": (("one neighbour", {"n_neighbors": 1}), ("fifteen neighbours", {"n_neighbors": 15})),
}  # fmt: skip
"""Model → other settings of its smoothing, in words and as options."""

SETTINGS = {"date": "tested on the latest works", "random": "works held out at random"}
SPLITS = {"within": "whole works within owners", "random": "at random", "date": "the latest works"}


def alternatives(
    plan: Plan, inputs: Inputs, reported: Utility, *, workers: Workers
) -> dict[str, Callable[[], Setting]]:
    """Return name → a function that makes the setting; "as reported" is first.

    Parameters
    ----------
    plan, inputs
        What was asked, of what.
    reported : Utility
        The utility of the rest of the brief.
    workers : Workers
        Where statistics are computed.
    """
    settings: dict[str, Callable[[], Setting]] = {"as reported": lambda: _setting(plan, inputs, reported)}
    for name, other in _bases(plan, inputs):
        settings[name] = partial(_rebased, plan, replace(inputs, base=other), reported, workers)
    for name, weights in _weights(inputs, reported):
        settings[name] = partial(_reweighed, plan, inputs, reported, weights)
    for name, changed in _plans(plan, inputs):
        settings[name] = partial(_made, changed, inputs, workers)
    return settings


def _bases(plan: Plan, inputs: Inputs) -> Iterator[tuple[str, Pool | None]]:
    if inputs.base is not None:
        yield "no base", None


def _weights(inputs: Inputs, reported: Utility) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield other weights for a model that takes them without reading its texts again."""
    if capability(reported, "with_weights") is None:
        return
    if inputs.base is not None:
        yield "base at full weight", {"base_weight": 1.0}
    for name, factor in (("four times the smoothing", 4.0),):
        tuned = np.array(facts_of(reported)["smoothing"], dtype=np.float64)
        mean = np.exp(np.log(tuned.reshape(-1, tuned.shape[-1])).mean(0))
        yield name, {"smoothing": (factor * mean).tolist()}


def _plans(plan: Plan, inputs: Inputs) -> Iterator[tuple[str, Plan]]:
    model = choose(inputs.pool) if plan.model == "auto" else plan.model
    if inputs.test is None:
        other = "date" if plan.roles.get("date") and plan.split_by != "date" else "random"
        if other != plan.split_by:
            yield SETTINGS[other], replace(plan, split_by=other)
    for name, options in SMOOTHING.get(model, ()):
        yield name, _with(plan, options)


def _with(plan: Plan, options: Mapping[str, Any]) -> Plan:
    return replace(plan, options={**plan.options, **options})


def _rebased(plan: Plan, inputs: Inputs, reported: Utility, workers: Workers) -> Setting:
    """Give the reported utility another base; where it can't take one, build it anew."""
    rebase = capability(reported, "with_base")
    utility = rebase(inputs.base) if rebase else utility_of(plan, inputs, workers=workers)
    return _setting(plan, inputs, utility)


def _reweighed(plan: Plan, inputs: Inputs, reported: Utility, weights: Mapping[str, Any]) -> Setting:
    reweigh: Any = capability(reported, "with_weights")
    return _setting(plan, inputs, reweigh(**weights))


def _made(plan: Plan, inputs: Inputs, workers: Workers) -> Setting:
    return _setting(plan, inputs, utility_of(plan, inputs, workers=workers))


def _setting(plan: Plan, inputs: Inputs, utility: Utility) -> Setting:
    base = "none" if inputs.base is None else counted(inputs.base.n_works, "work")
    split = "a test of its own" if inputs.test is not None else SPLITS[plan.split_by]
    return Setting(utility=utility, base=base, split=split)
