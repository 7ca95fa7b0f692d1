"""Threads for many small pieces of linear algebra: numpy and numba let go of Python's lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from commonweal.parallel import Workers, one_thread

T = TypeVar("T")
R = TypeVar("R")


def each(function: Callable[[T], R], tasks: Sequence[T], workers: Workers) -> list[R]:
    """Return function(task) of each task in order, on as many threads as `workers` has jobs, BLAS on one."""
    cores = os.cpu_count() or 1
    count = 1 if workers.n_jobs is None else workers.n_jobs if workers.n_jobs > 0 else cores
    with one_thread():
        if count == 1:
            return [function(task) for task in tasks]
        with ThreadPoolExecutor(min(count, cores)) as threads:
            return list(threads.map(function, tasks))
