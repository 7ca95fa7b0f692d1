"""Exact KNN-Shapley, N = 50,000, d = 64, 1,000 tests, k = 5: ours, the bare product, pyDVL, opendataval.

    python -m benchmarks.knn            # full size; pyDVL alone takes more than a minute
    python -m benchmarks.knn --quick    # N = 5,000 and 200 tests

Every contender runs in a process of its own, one after the other, on the same data (two classes, normal
features around their class's mean). Memory: the peak of the process with its
children, and what of it the work added to imports and data.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import peers

RESULT = Path(__file__).parent / "results" / "knn.json"
CHILD = Path(__file__).parent / "knn_child.py"
OURS = (
    "product:float64", "ours:float64", "product:float32", "ours:float32", "ours-numpy:float64",
    "ours-100:float64", "ours-1000:float64", "ours-100-numpy:float64",
)  # fmt: skip
NAMES = {
    "product": "matrix product alone",
    "ours": "commonweal",
    "ours-numpy": "commonweal without numba",
    "ours-100": "commonweal, 100 owners",
    "ours-1000": "commonweal, 1,000 owners",
    "ours-100-numpy": "commonweal without numba, 100 owners",
    "pydvl": "pyDVL 0.10.0, two processes",
    "opendataval": "opendataval 1.3.0",
}


def data(n: int, tests: int) -> dict[str, Any]:
    """Return features, labels and owners; an owner's share of the points is drawn evenly."""
    rng = np.random.default_rng(0)
    y, t = rng.integers(0, 2, n), rng.integers(0, 2, tests)
    X, T = rng.normal(size=(n, 64)) + 0.3 * y[:, None], rng.normal(size=(tests, 64)) + 0.3 * t[:, None]
    return {
        "X": X,
        "y": y,
        "T": T,
        "t": t,
        "o100": rng.integers(0, 100, n),
        "o1000": rng.integers(0, 1_000, n),
    }


def run(quick: bool = False) -> dict[str, Any]:
    """Return seconds and memory of each contender, and how far the values are from ours."""
    given = data(*((5_000, 200) if quick else (50_000, 1_000)))
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "data.npz"
        np.savez(source, **given)
        found = {name: _one(name, source, [sys.executable]) for name in OURS}
        found |= {name: _one(name, source, [peers.python(name)]) for name in ("pydvl", "opendataval")}
    return {"points": len(given["X"]), "tests": len(given["T"]), "rows": _compared(found, given)}


def _one(name: str, source: Path, interpreter: list[object]) -> dict[str, Any]:
    target = source.with_name("values.npz")
    figures = peers.answer([*interpreter, CHILD, name, source, target])
    with np.load(target) as out:
        return {**figures, "values": out["values"]}


def _compared(found: dict[str, dict[str, Any]], given: dict[str, Any]) -> list[dict[str, Any]]:
    full, reference = _full_score(given), found["ours:float64"]["values"]
    rows = []
    for name, figures in found.items():
        kind, _, dtype = name.partition(":")
        values = figures.pop("values")
        row = {
            "name": kind,
            "features": dtype or ("float32" if kind == "opendataval" else "float64"),
            **figures,
        }
        if kind != "product":
            row["gap"] = abs(float(values.sum(dtype=np.float64)) - full)
            bare = found.get(f"product:{row['features']}")
            row["times_product"] = row["best"] / bare["best"] if bare else None
        if kind in ("ours", "ours-numpy", "pydvl", "opendataval"):
            row["largest_difference"] = float(np.abs(values - reference).max())
        rows.append(row)
    return rows


def _full_score(given: dict[str, Any]) -> float:
    """v(N), found by plain subtraction: no code of ours."""
    hits = 0
    for point, wanted in zip(given["T"], given["t"], strict=True):
        distance = ((given["X"] - point) ** 2).sum(axis=1)
        near = np.argpartition(distance, 5)[:5]
        hits += int((given["y"][near] == wanted).sum())
    return hits / 5 / len(given["T"])


def table(result: dict[str, Any]) -> str:
    """Return the result as a Markdown table."""
    titles = (
        "",
        "features",
        "seconds (best)",
        "× product",
        "memory added, MB",
        "peak, MB",
        "gap of Σ",
        "largest difference",
    )
    lines = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    for row in result["rows"]:
        cells = [
            NAMES[row["name"]],
            row["features"],
            f"{row['best']:.3f}",
            _figure(row, "times_product", ".1f"),
        ]
        cells += [
            f"{row['added_mb']:.0f}",
            f"{row['peak_mb']:.0f}",
            _figure(row, "gap", ".0e"),
            _figure(row, "largest_difference", ".0e"),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _figure(row: dict[str, Any], key: str, form: str) -> str:
    return "" if row.get(key) is None else format(row[key], form)


def main() -> None:
    """Run, write the result as JSON, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    result = run(parser.parse_args().quick)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    print(table(result))


if __name__ == "__main__":
    main()
