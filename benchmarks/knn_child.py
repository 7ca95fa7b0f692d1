"""One contender of `benchmarks.knn`, in a process of its own: `python knn_child.py NAME data.npz out.npz`.

Prints seconds, and the memory that the work added to what imports and data had taken, as JSON. Runs in the
peers' environments too, so it imports nothing of the benchmarks.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

K = 5
REPEATS = 5


def main(name: str, source: str, target: str) -> None:
    contender, _, dtype = name.partition(":")
    with np.load(source) as data:
        given = {key: data[key] for key in data.files}
    for key in ("X", "T"):
        given[key] = given[key].astype(dtype or np.float64)
    work, repeats = CONTENDERS[contender](given)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, values = [], None
    for _ in range(repeats):
        start = time.perf_counter()
        values = work()
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + children()
    np.savez(target, values=np.asarray(values))
    found = {
        "first": seconds[0],
        "best": min(seconds),
        "median": float(np.median(seconds)),
        "repeats": repeats,
    }
    print(json.dumps({**found, "peak_mb": peak / 1024, "added_mb": (peak - before) / 1024}))


def children() -> int:
    """Peak memory of the processes that were started and still wait for work, in KiB."""
    alive = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    lines = [line for pid in alive for line in Path(f"/proc/{pid}/status").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


Work = tuple[Callable[[], Any], int]


def product(given: dict[str, Any]) -> Work:
    return lambda: (given["T"] @ given["X"].T)[0, :1], 2 * REPEATS


def ours(given: dict[str, Any], engine: str = "numba", owners: str | None = None) -> Work:
    from commonweal.valuation import knn_shapley

    few = [given[key][:9] for key in ("X", "y", "T", "t")]
    knn_shapley(*few, owners=None if owners is None else few[1], engine=engine)  # loads what numba compiled

    def work() -> Any:
        who = None if owners is None else given[owners]
        return knn_shapley(
            given["X"], given["y"], given["T"], given["t"], n_neighbors=K, owners=who, engine=engine
        )

    return work, REPEATS


def pydvl(given: dict[str, Any]) -> Work:
    import warnings

    warnings.simplefilter("ignore")
    from joblib import parallel_config
    from pydvl.valuation import Dataset
    from pydvl.valuation.methods.knn_shapley import KNNShapleyValuation
    from sklearn.neighbors import KNeighborsClassifier

    def work() -> Any:
        test = Dataset(given["T"], given["t"])
        method = KNNShapleyValuation(KNeighborsClassifier(n_neighbors=K), test, progress=False)
        with parallel_config(n_jobs=2):
            method.fit(Dataset(given["X"], given["y"]))
        return method.result.values

    return work, 1


def opendataval(given: dict[str, Any]) -> Work:
    import torch
    from opendataval.dataval import KNNShapley

    classes = int(max(given["y"].max(), given["t"].max())) + 1
    X, T = (torch.tensor(given[key], dtype=torch.float32) for key in ("X", "T"))
    y, t = (torch.nn.functional.one_hot(torch.tensor(given[key]), classes).float() for key in ("y", "t"))

    def work() -> Any:
        method = KNNShapley(k_neighbors=K, batch_size=1_000)
        method.input_data(X, y, T, t)
        return method.train_data_values().evaluate_data_values()

    return work, 1


CONTENDERS: dict[str, Callable[[dict[str, Any]], Work]] = {
    "product": product,
    "ours": ours,
    "ours-numpy": lambda given: (ours(given, "numpy")[0], 1),
    "ours-100": lambda given: ours(given, owners="o100"),
    "ours-1000": lambda given: ours(given, owners="o1000"),
    "ours-100-numpy": lambda given: (ours(given, "numpy", "o100")[0], 1),
    "pydvl": pydvl,
    "opendataval": opendataval,
}

if __name__ == "__main__":
    main(*sys.argv[1:])
