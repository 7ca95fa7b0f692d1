"""What a receipt compares: figures recomputed against figures recorded."""

from __future__ import annotations

import math
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

PACKAGES = ("commonweal", "numpy", "scipy", "pyarrow", "joblib", "numba", "scikit-learn")


@dataclass(frozen=True)
class Difference:
    """Two values that should be the same: where, and both."""

    where: str
    recorded: Any
    recomputed: Any

    def __str__(self) -> str:
        return f"{self.where}: recorded {self.recorded!r}, recomputed {self.recomputed!r}"


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that figures rest on; what is absent is left out."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def compare(recorded: Any, recomputed: Any, *, rtol: float = 1e-9) -> list[Difference]:
    """Return where two JSON values differ: numbers by more than `rtol` relative, the rest at all.

    A number is compared with the scale of its own column or list as a floor, so that a figure that is zero
    but for rounding does not count as different.
    """
    return list(_differences("", recorded, recomputed, rtol, 0.0))


def _differences(where: str, a: Any, b: Any, rtol: float, scale: float) -> Iterator[Difference]:
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        for key in sorted(a.keys() | b.keys()):
            at = f"{where}.{key}" if where else str(key)
            if key in a and key in b:
                yield from _differences(at, a[key], b[key], rtol, 0.0)
            else:
                yield Difference(at, a.get(key, "absent"), b.get(key, "absent"))
    elif _is_list(a) and _is_list(b):
        if len(a) != len(b):
            yield Difference(f"{where} (length)", len(a), len(b))
            return
        if a and all(isinstance(row, Mapping) for row in (*a, *b)):
            yield from _differences(where, _columns(a), _columns(b), rtol, 0.0)  # a table: column by column
            return
        floor = max((abs(x) for x in a if _is_number(x) and math.isfinite(x)), default=0.0)
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            yield from _differences(f"{where}[{i}]", x, y, rtol, floor)
    elif _is_number(a) and _is_number(b):
        if not abs(a - b) <= rtol * max(abs(a), abs(b), scale):
            yield Difference(where, a, b)
    elif a != b or isinstance(a, bool) != isinstance(b, bool):
        yield Difference(where, a, b)


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    names = sorted({name for row in rows for name in row})
    return {name: [row.get(name, "absent") for row in rows] for name in names}


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
