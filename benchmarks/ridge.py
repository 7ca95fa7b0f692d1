"""Ridge on 1,000,000 × 64 with 16 owners: all 65,536 coalitions, against scikit-learn refits in the same run.

    python -m benchmarks.ridge            # full size
    python -m benchmarks.ridge --quick    # a tenth of the rows, 4,096 coalitions

The refits are timed on some coalitions, scikit-learn's solver on its own threads and on arrays that are
already cut out, and their time for all is an extrapolation from the mean, named as such.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

RESULT = Path(__file__).parent / "results" / "ridge.json"


def pools(rows: int, features: int, owners: int) -> tuple[Any, Any]:
    """Return (train, test) of made-up rows: a linear outcome with noise, each owner a little different."""
    from commonweal.pool import Pool

    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, features))
    owner = rng.integers(0, owners, rows)
    slope = rng.normal(size=features) + 0.3 * rng.normal(size=(owners, features))
    y = np.einsum("nd,nd->n", x, slope[owner]) + 3 * rng.normal(size=rows)
    names = [f"x{j}" for j in range(features)]
    columns = {name: pa.array(x[:, j]) for j, name in enumerate(names)}
    table = pa.table({**columns, "owner": pa.array([f"o{v:02d}" for v in owner]), "y": pa.array(y)})
    return Pool.from_frame(table, owner="owner", features=names, target="y").split(0.01)


def refits(train: Any, test: Any, coalitions: np.ndarray) -> tuple[float, np.ndarray]:
    """Return (mean seconds of a refit, scores) with scikit-learn."""
    from sklearn.linear_model import Ridge

    held, answers = train.load(), test.load()
    x, y, test_x, test_y = held.features, held.target, answers.features, answers.target
    spent, scores = 0.0, []
    for row in coalitions:
        inside = row[held.block]
        cut_x, cut_y = x[inside], y[inside]
        start = time.perf_counter()
        scores.append(Ridge(alpha=1.0).fit(cut_x, cut_y).score(test_x, test_y))
        spent += time.perf_counter() - start
    return spent / len(coalitions), np.array(scores)


def run(quick: bool = False) -> dict[str, Any]:
    """Return seconds for the statistics and for all coalitions, and the largest difference from refits."""
    from commonweal.parallel import Workers
    from commonweal.utility import Ridge

    rows, owners = (100_000, 12) if quick else (1_000_000, 16)
    train, test = pools(rows, 64, owners)
    start = time.perf_counter()
    utility = Ridge(train, test=test)
    statistics = time.perf_counter() - start
    coalitions = ((np.arange(2**owners)[:, None] >> np.arange(owners)) & 1).astype(bool)
    seconds = {}
    for jobs in (1, 2):
        utility._workers = Workers(jobs)
        start, spent = time.perf_counter(), time.process_time()
        scores = utility.evaluate(coalitions)
        seconds[f"evaluate_seconds_{jobs}_threads"] = time.perf_counter() - start
        seconds[f"evaluate_cpu_seconds_{jobs}_threads"] = time.process_time() - spent
    some = np.random.default_rng(1).choice(np.arange(1, len(coalitions)), 8, replace=False)
    refit, expected = refits(train, test, coalitions[some])
    return {
        "rows": rows,
        "features": 64,
        "owners": owners,
        "coalitions": len(coalitions),
        "statistics_seconds": statistics,
        **seconds,
        "refit_seconds_each": refit,
        "refit_hours_for_all_extrapolated": refit * len(coalitions) / 3600,
        "largest_difference": float(np.abs(scores[some] - expected).max()),
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def table(result: dict[str, Any]) -> str:
    """Return the result as a Markdown table."""
    lines = ["| what | figure |", "|---|---|"]
    return "\n".join(lines + [f"| {k.replace('_', ' ')} | {v:,.4g} |" for k, v in result.items()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    result = run(parser.parse_args().quick)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    print(table(result))


if __name__ == "__main__":
    main()
