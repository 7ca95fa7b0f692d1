"""One ordered map for every heavy loop: loky on one machine, Ray on several, the same numbers on both.

BLAS runs on one thread inside: many small solves are up to a hundred times slower when a threaded BLAS
shares them out, and sums come out the same whatever the number of workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import joblib
from threadpoolctl import threadpool_limits

from commonweal.errors import InputError, MissingExtraError

T = TypeVar("T")
R = TypeVar("R")

CLUSTERS = ("loky", "ray")


@dataclass(frozen=True)
class Workers:
    """Where work runs.

    Parameters
    ----------
    n_jobs : int or None
        Processes; None and 1 run in this process, -1 uses every core. With Ray, None or -1 leaves the
        number of tasks in flight to twice the cluster's cores.
    cluster : {"loky", "ray"}
        "ray" uses the Ray that is already initialised, or starts a local one (extra `cluster`).

    Raises
    ------
    InputError
        For an unknown cluster, and a number of jobs that can't be.
    """

    n_jobs: int | None = None
    cluster: str = "loky"

    def __post_init__(self) -> None:
        if self.cluster not in CLUSTERS:
            raise InputError(f"unknown cluster {self.cluster!r}", mend=f"choose one of {', '.join(CLUSTERS)}")
        if self.n_jobs is not None and (self.n_jobs == 0 or self.n_jobs < -1):
            raise InputError(f"{self.n_jobs} jobs", mend="give a number from 1, or -1 for every core")

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Yield `function(task)` for each task, in the order of the tasks, with few results in memory."""
        if self.cluster == "ray":
            yield from _ray_map(function, tasks, self.n_jobs)
        elif self.n_jobs in (None, 1):
            for task in tasks:
                yield _single_threaded(function, task)
        else:
            pool = joblib.Parallel(n_jobs=self.n_jobs, return_as="generator")
            yield from pool(joblib.delayed(_single_threaded)(function, task) for task in tasks)


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold BLAS and OpenMP to one thread."""
    with threadpool_limits(limits=1):
        yield


def _single_threaded(function: Callable[[T], R], task: T) -> R:
    with one_thread():
        return function(task)


def _ray_map(function: Callable[[T], R], tasks: Iterable[T], n_jobs: int | None) -> Iterator[R]:
    try:
        import ray
    except ImportError:
        raise MissingExtraError("ray", "cluster", "cluster='ray'") from None
    if not ray.is_initialized():
        ray.init(
            num_cpus=None if n_jobs in (None, -1) else n_jobs, include_dashboard=False, log_to_driver=False
        )
    remote: Any = ray.remote(_single_threaded)
    shared = ray.put(function)  # sent once, not with each task
    in_flight = 2 * int(ray.cluster_resources().get("CPU", 1)) if n_jobs in (None, -1) else int(n_jobs or 1)
    waiting: list[Any] = []
    for task in tasks:
        waiting.append(remote.remote(shared, task))
        if len(waiting) >= in_flight:
            yield ray.get(waiting.pop(0))
    for future in waiting:
        yield ray.get(future)


def let_go() -> None:
    """End idle worker processes and give their memory back; the next map starts new ones."""
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True)
