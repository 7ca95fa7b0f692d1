"""How often the intervals of the leverage room hold the truth, on games whose truth is known.

    python -m benchmarks.leverage            # 600 games a row
    python -m benchmarks.leverage --quick    # 100

Owners' strengths, test units and, for the learning curve, owners themselves are drawn anew in each trial; the
truth is that of the crowd they are drawn from. Nominal coverage is 95%.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from commonweal.leverage import contribute, critical_mass, scaling, strike
from commonweal.utility.base import Metric, mean_score

RESULT = Path(__file__).parent / "results" / "leverage.json"


class Game:
    """Unit u scores `function(Σ strength of the coalition)` plus gains of its own; nobody owns the units."""

    metric = Metric("score")

    def __init__(self, rng, strength, units, noise, function=lambda s: s, unit_owner=None):
        m = len(strength)
        self.owners = tuple(f"o{i}" for i in range(m))
        self.strength, self.function = strength, function
        self.wiggle = noise * rng.standard_normal((m, units))
        self.unit_owner = np.full(units, -1) if unit_owner is None else unit_owner
        self.unit_work = np.arange(units)
        self.sizes = np.ones(m)

    def unit_scores(self, rows):
        score = self.function(rows @ self.strength)[:, None] + rows @ self.wiggle
        return score, np.ones_like(score)

    def evaluate(self, rows):
        return mean_score(*self.unit_scores(rows))


def named_group(units: int) -> Callable[[int], tuple[bool, float]]:
    """A named group of 3 of 8 owners strikes: the others' change, against that of the crowd."""

    def trial(seed: int) -> tuple[bool, float]:
        rng = np.random.default_rng([seed, 1])
        game = Game(rng, rng.uniform(0.05, 0.2, 8), units, 0.05)
        row = strike(
            game, participation=(), by={"g": np.arange(8) < 3}, draws=2, seed=seed, worst=0
        ).table.to_pylist()[0]
        truth = -game.strength[:3].sum()
        return row["others_low"] <= truth <= row["others_high"], row["others_high"] - row["others_low"]

    return trial


def random_strike(owned: bool) -> Callable[[int], tuple[bool, float]]:
    """A fresh random strike of 30% of 20 owners, predicted from 100 draws; units owned (two each) or not."""

    def trial(seed: int) -> tuple[bool, float]:
        rng = np.random.default_rng([seed, 2])
        owner = np.repeat(np.arange(20), 2) if owned else None
        game = Game(rng, rng.uniform(0.0, 0.2, 20), 40, 0.05, unit_owner=owner)
        row = strike(game, participation=(0.3,), draws=100, seed=seed, worst=0).table.to_pylist()[0]
        truth = -game.strength[rng.permutation(20)[:6]].sum()
        return row["others_low"] <= truth <= row["others_high"], row["others_high"] - row["others_low"]

    return trial


def contribution(seed: int) -> tuple[bool, float]:
    """A fresh random 30% of 20 owners gives to a rival: how far the rival gets."""
    rng = np.random.default_rng([seed, 3])
    game = Game(rng, rng.uniform(0.0, 0.2, 20), 40, 0.05, np.sqrt)
    row = contribute(game, participation=(0.3,), draws=100, seed=seed).table.to_pylist()[0]
    given = game.strength[rng.permutation(20)[:6]].sum()
    truth = np.sqrt(given / game.strength.sum())
    low, high = row["dlp_contribution_low"], row["dlp_contribution_high"]
    return low <= truth <= high, high - low


def enough(draws: int) -> Callable[[int], tuple[bool, float]]:
    """How many of 40 unequal owners reach half of the worth in 95 of 100 draws, against 20,000 orders."""

    def trial(seed: int) -> tuple[bool, float]:
        rng = np.random.default_rng([seed, 4])
        game = Game(rng, rng.gamma(0.5, 1.0, 40), 40, 0.1)
        found = critical_mass(game, shares=(0.5,), questions=("reach",), draws=draws, seed=seed)
        row = found.table.to_pylist()[0]
        orders = rng.permuted(np.tile(game.strength, (20_000, 1)), axis=1).cumsum(1)
        truth = int(np.quantile((orders < orders[:, -1:] / 2).sum(1) + 1, 0.95, method="inverted_cdf"))
        high = 40 if row["high"] is None else row["high"]
        low = 40 if row["low"] is None else row["low"]
        return low <= truth <= high, high - low

    return trial


CURVES = {
    "logarithm": lambda s: 0.3 * np.log1p(s),
    "power law": lambda s: 3.0 - 3.0 * (1 + s) ** -0.3,
    "saturating": lambda s: 1.0 - np.exp(-s / 40.0),
}


def twice(curve: str, counts: dict[str, int]) -> Callable[[int], tuple[bool, float] | None]:
    """What twice a pool of 64 owners would add, drawn on where the room says that it can be told."""

    def trial(seed: int) -> tuple[bool, float] | None:
        rng = np.random.default_rng([seed, 5])
        function = CURVES[curve]
        game = Game(rng, rng.gamma(4.0, 0.25, 64), 60, 0.002, function)
        told = scaling(game, draws=40, seed=seed).facts["twice"]
        if told is None:
            counts[curve] = counts.get(curve, 0) + 1
            return None
        whole = game.strength.sum()
        truth = function(2 * whole) - function(whole)
        return told["low"] <= truth <= told["high"], told["high"] - told["low"]

    return trial


def run(quick: bool = False) -> dict[str, object]:
    """Return coverage and median width of each interval."""
    untold: dict[str, int] = {}
    cases: dict[str, Callable[[int], tuple[bool, float] | None]] = {
        "strike of a named group, 6 test units": named_group(6),
        "strike of a named group, 16": named_group(16),
        "strike of a named group, 40": named_group(40),
        "random strike, test units of nobody": random_strike(False),
        "random strike, test units of owners": random_strike(True),
        "contribution of a random 30%": contribution,
        "critical mass, 60 draws": enough(60),
        "critical mass, 100 draws": enough(100),
        **{f"twice the pool, {name}": twice(name, untold) for name in CURVES},
    }
    rows = []
    for name, trial in cases.items():
        started = time.perf_counter()
        found = [f for f in map(trial, range(100 if quick else 600)) if f is not None]
        rows.append(
            {
                "interval": name,
                "coverage": float(np.mean([held for held, _ in found])) if found else None,
                "median width": float(np.median([width for _, width in found])) if found else None,
                "games": len(found),
                "seconds": time.perf_counter() - started,
            }
        )
    return {"nominal": 0.95, "rows": rows, "not told": untold}


def table(found: dict[str, object]) -> str:
    """Return the figures as a Markdown table."""
    lines = ["| interval (nominal 95%) | coverage | median width | games |", "|---|---:|---:|---:|"]
    for row in found["rows"]:
        held = "–" if row["coverage"] is None else f"{row['coverage']:.1%}"
        width = "–" if row["median width"] is None else f"{row['median width']:.3g}"
        lines.append(f"| {row['interval']} | {held} | {width} | {row['games']} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    found = run(parser.parse_args().quick)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(found, indent=1) + "\n")
    print(table(found))


if __name__ == "__main__":
    main()
