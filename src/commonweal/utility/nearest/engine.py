"""Which machinery runs the heavy loops: numba where it is installed, numpy everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Literal

from threadpoolctl import threadpool_limits

from commonweal.errors import InputError, MissingExtraError

Engine = Literal["auto", "numba", "numpy"]
HAS_NUMBA = find_spec("numba") is not None


def choose_engine(engine: Engine) -> Literal["numba", "numpy"]:
    """Return the engine to use.

    Raises
    ------
    MissingExtraError
        If numba is asked for and absent.
    InputError
        For an unknown name.
    """
    if engine == "auto":
        return "numba" if HAS_NUMBA else "numpy"
    if engine not in ("numba", "numpy"):
        raise InputError(f"unknown engine {engine!r}", mend="choose 'auto', 'numba' or 'numpy'")
    if engine == "numba" and not HAS_NUMBA:
        raise MissingExtraError("numba", "fast", "engine='numba'")
    return engine


def thread_count(engine: Literal["numba", "numpy"]) -> int:
    """Return how many threads `threads` leaves to compiled loops; numpy's hold the interpreter, so one."""
    if engine == "numpy":
        return 1
    import numba

    return int(numba.get_num_threads())


@contextmanager
def threads(n_jobs: int | None) -> Iterator[None]:
    """Hold BLAS and numba to `n_jobs` threads; None and -1 leave every core to them."""
    if n_jobs in (None, -1):
        yield
        return
    if n_jobs is None or n_jobs < 1:
        raise InputError(
            f"n_jobs={n_jobs} is no number of threads", mend="give 1 or more, or None for every core"
        )
    with threadpool_limits(limits=n_jobs):
        if not HAS_NUMBA:
            yield
            return
        import numba

        before = numba.get_num_threads()
        numba.set_num_threads(min(n_jobs, numba.config.NUMBA_NUM_THREADS))
        try:
            yield
        finally:
            numba.set_num_threads(before)
