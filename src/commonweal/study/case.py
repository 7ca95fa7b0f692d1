"""From a study to the case that a brief prints: the words around the figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from commonweal.briefing import About, Case
from commonweal.counts import counted
from commonweal.study.receipt import receipt
from commonweal.study.run import UNITS, Study
from commonweal.utility.base import facts_of

OWNERS = {"text": ("owner", "owners"), "table": ("owner", "owners"), "ratings": ("person", "people")}
WORKS = {"text": ("work", "works"), "table": ("row", "rows"), "ratings": ("rating", "ratings")}


def case_of(study: Study) -> Case:
    """Return the case of a study whose questions include the appraisal."""
    return Case(about=about_of(study), receipt=receipt(study), **study.results)  # type: ignore[arg-type]


def about_of(study: Study) -> About:
    """Return the words of a study: the plan's own, and what can be said from the inputs."""
    words, pool = study.plan.words, study.inputs.pool
    owner, owners = OWNERS[pool.kind]
    work, works = WORKS[pool.kind]
    work, works = words.get("work", work), words.get("works", works)
    owner, owners = words.get("owner", owner), words.get("owners", owners)
    return About(
        title=words.get("title", ""),
        pool=f"{counted(pool.n_works, work, works)} of {counted(len(pool.owners), owner, owners)}"
        + (f": {words['pool']}." if "pool" in words else f", from {Path(study.plan.works).name}."),
        builder=_builder(study),
        owner=owner,
        owners=owners,
        works=works,
        size=UNITS[pool.kind],
        sources=_sources(study),
        left_out=study.inputs.left_out,
        method=_method(study),
        receipt="receipt.json",
        recompute="commonweal appraise --receipt receipt.json",
    )


def _method(study: Study) -> tuple[str, ...]:
    """Return what must be known of one weight for all coalitions."""
    weights = facts_of(study.utility).get("base_weight")
    if study.inputs.base is None or weights is None or "choices" not in study.results:
        return ()
    mean = float(np.mean(weights))
    return (
        f"A count of the base weighs {mean:.3g} of one of the pool, tuned with everyone in, for all "
        "coalitions. A builder without the pool would weigh its own text in full and start better: the row "
        "“base at full weight” shows the worth counted so.",
    )


def _builder(study: Study) -> str:
    base, words = study.inputs.base, study.plan.words
    if base is None:
        return f"The builder we imagine has {words.get('base', 'nothing like it yet')}."
    theirs = words.get("base", Path(str(study.plan.base)).name)
    return f"The builder we imagine has {counted(base.n_works, 'other work')} already: {theirs}."


def _sources(study: Study) -> tuple[str, ...]:
    words = study.plan.words
    if "source" in words:
        licence = f" Licence: {words['licence']}." if "licence" in words else ""
        return (f"{words['source']}.{licence}",)
    return tuple(
        f"{part}: {Path(s.path).name} (SHA-256 {s.sha256[:16]}…)" for part, s in study.inputs.sources()
    )
