"""Owner Shapley values from few evaluations: error, coverage and width beside the peers, on the same games.

Digits (scikit-learn): 24 owners, ridge accuracy, equal and label-skewed owners, 600 evaluations; the truth is
our own estimate from 300 times as many evaluations, its standard error printed. Eight other kinds: 16
owners, 400
evaluations, exact truth from all 65,536 coalitions.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import peers, sampling_games
from commonweal.parallel import one_thread
from commonweal.utility.base import Metric
from commonweal.valuation import appraise

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))  # the games of the tests

PEERS = {
    "pyDVL antithetic permutations": ("pydvl", "pydvl"),
    "shapiq SVARM": ("shapiq", "SVARM"),
    "shapiq KernelSHAP": ("shapiq", "KernelSHAP"),
    "shapiq KernelSHAP, paired": ("shapiq", "KernelSHAP, paired"),
    "shapiq StratifiedSamplingSV": ("shapiq", "StratifiedSamplingSV"),
    "shapiq OwenSamplingSV": ("shapiq", "OwenSamplingSV"),
    "shapiq PermutationSamplingSV": ("shapiq", "PermutationSamplingSV"),
    "shapiq UnbiasedKernelSHAP": ("shapiq", "UnbiasedKernelSHAP"),
}
SEEDS, OWNERS, BUDGET = 20, 16, 400
LONG = 180_000


class Utility:
    """A game of `sampling_games` behind the protocol, knowing no more than the peers do."""

    metric = Metric("score")

    def __init__(self, game: Any) -> None:
        self.game, self.owners = game, [f"o{i:03d}" for i in range(game.m)]

    def evaluate(self, rows: np.ndarray) -> np.ndarray:
        return np.asarray(self.game.evaluate(rows), dtype=float)


def digits(path: Path, skewed: bool) -> None:
    """Write 24 owners' statistics of 1,200 digits, equal in number, and 597 test digits."""
    from sklearn.datasets import load_digits

    rng = np.random.default_rng(0)
    x, y = load_digits(return_X_y=True)
    order = rng.permutation(len(x))
    x, y = np.column_stack([x[order] / 16, np.ones(len(x))]), y[order]
    n, m = 1_200, 24
    owner = np.arange(n) % m
    if skewed:
        taste, left = rng.dirichlet(np.full(10, 0.5), size=m), np.full(m, n // m)
        for k in range(n):
            chance = (taste[:, y[k]] + 1e-9) * (left > 0)
            owner[k] = rng.choice(m, p=chance / chance.sum())
            left[owner[k]] -= 1
    sign = 2.0 * (y[:, None] == np.arange(10)) - 1
    gram = np.stack([x[:n][owner == i].T @ x[:n][owner == i] for i in range(m)])
    cross = np.stack([x[:n][owner == i].T @ sign[:n][owner == i] for i in range(m)])
    np.savez(path, gram=gram, cross=cross, x=x[n:], y=y[n:])


def ours(utility: Utility, budget: int, seeds: int) -> list[dict[str, np.ndarray]]:
    out = []
    for seed in range(seeds):
        table = appraise(utility, method="sampling", budget=budget, seed=seed).table.sort_by("owner")
        out.append({k: table[k].to_numpy() for k in ("value", "low", "high", "all_low", "all_high")})
    return out


def games_of(folder: Path, quick: bool) -> list[tuple[str, Path, int]]:
    """Write the games; return name, file and budget of each."""
    import games

    out = []
    if not quick:
        for name, skewed in (("digits, equal", False), ("digits, label-skewed", True)):
            digits(folder / f"{name}.npz", skewed)
            out.append((name, folder / f"{name}.npz", 600))
    m = 8 if quick else OWNERS
    for kind, made in games.KINDS.items():
        rows = (np.arange(2**m)[:, None] >> np.arange(m)) & 1 == 1
        game = made(m, seed=1)
        parts = np.array_split(rows, max(1, 2**m // 2_048))
        scores = np.concatenate([game.evaluate(part) for part in parts])
        np.savez(folder / f"{kind}.npz", scores=scores)
        out.append((kind, folder / f"{kind}.npz", BUDGET))
    return out


def truth_of(utility: Utility) -> tuple[np.ndarray, float]:
    """Return the exact values, or those of the long run, and their standard error against the mean
    |value|."""
    few = utility.game.m <= 16
    options = {"method": "enumeration"} if few else {"method": "sampling", "budget": LONG, "seed": 987}
    table = appraise(utility, **options).table.sort_by("owner")
    value = table["value"].to_numpy()
    se = (table["high"].to_numpy() - table["low"].to_numpy()).mean() / 2 / 1.96
    return value, float(100 * se / np.abs(value).mean())


def run(quick: bool = False) -> dict[str, Any]:
    """Return for each game the error of each method, and coverage and width of ours, in % of the mean
    |value|."""
    seeds, rows = (3 if quick else SEEDS), []
    with tempfile.TemporaryDirectory() as name, one_thread():
        for kind, path, budget in games_of(Path(name), quick):
            utility = Utility(sampling_games.load(path))
            truth, truth_se = truth_of(utility)
            scale = np.abs(truth).mean()
            found = ours(utility, budget, seeds)
            near = 1e-7 * scale  # rounding
            held = [(f["low"] - near <= truth) & (truth <= f["high"] + near) for f in found]
            at_once = [
                ((f["all_low"] - near <= truth) & (truth <= f["all_high"] + near)).all() for f in found
            ]
            row: dict[str, Any] = {
                "game": kind,
                "owners": len(truth),
                "evaluations": budget,
                "seeds": seeds,
                "truth_se": truth_se,
                "equal shares": _error([np.full(len(truth), truth.mean())], truth),
                "commonweal": _error([f["value"] for f in found], truth),
                "coverage": float(np.mean(held)),
                "coverage_at_once": float(np.mean(at_once)),
                "half_width": float(100 * np.mean([(f["high"] - f["low"]) / 2 for f in found]) / scale),
            }
            for label, (where, tool) in PEERS.items():
                row[label] = _peer(where, tool, path, budget, seeds, truth)
            rows.append(row)
            print(json.dumps(row), file=sys.stderr, flush=True)
    return {"rows": rows}


def _peer(where: str, tool: str, path: Path, budget: int, seeds: int, truth: np.ndarray) -> float | str:
    try:
        return _error(peers.call(where, HERE / "sampling_child.py", tool, path, budget, seeds), truth)
    except RuntimeError as failure:
        return f"failed: {str(failure).strip().splitlines()[-1]}"


def _error(values: Any, truth: np.ndarray) -> float:
    return float(100 * np.sqrt(((np.asarray(values) - truth) ** 2).mean()) / np.abs(truth).mean())


def table(result: dict[str, Any]) -> str:
    """Return the Markdown table: root mean square error in % of the mean |value|."""
    names = ["commonweal", *PEERS, "equal shares"]
    head = ["game (owners, evaluations)", *names, "coverage", "half-width", "all at once"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for r in result["rows"]:
        cells = [f"{r[n]:.3g}" if isinstance(r[n], float) else "failed" for n in names]
        ours_ = [
            f"{100 * r['coverage']:.0f}%",
            f"{r['half_width']:.3g}",
            f"{100 * r['coverage_at_once']:.0f}%",
        ]
        game = f"{r['game']} ({r['owners']}, {r['evaluations']})"
        lines.append("| " + " | ".join([game, *cells, *ours_]) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    from benchmarks.__main__ import one

    one("sampling", quick="--quick" in sys.argv)
