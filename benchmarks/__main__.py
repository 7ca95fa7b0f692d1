"""Run every benchmark of this folder, print its table, and write its result.

python -m benchmarks                    # all, full size
python -m benchmarks --quick knn ridge  # some, small
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def names() -> list[str]:
    """Return the modules that have a `run`; found without imports, for some need other environments."""
    files = [file for file in HERE.glob("*.py") if not file.name.startswith("_")]
    return sorted(file.stem for file in files if "\ndef run(" in file.read_text())


def one(name: str, quick: bool) -> None:
    """Run one benchmark; a quick run leaves the recorded result alone."""
    module = import_module(f"benchmarks.{name}")
    start = time.perf_counter()
    result = module.run(quick=quick)
    print(f"\n## {name} ({time.perf_counter() - start:,.0f} s)\n")
    print(_table(module, result), flush=True)
    if not quick:
        results = HERE / "results"
        results.mkdir(exist_ok=True)
        (results / f"{name}.json").write_text(json.dumps(result, indent=1, default=float) + "\n")


def _table(module: Any, result: dict[str, Any]) -> str:
    if hasattr(module, "table"):
        return str(module.table(result))
    return json.dumps(result, indent=1, default=float)


def main() -> None:
    """Run what was asked for, or everything; one that fails does not stop the others."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(names())}")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    failed = []
    for name in options.names or names():
        try:
            one(name, options.quick)
        except Exception as error:  # reported, and in the exit status
            failed.append(name)
            print(f"\n## {name}\n\nfailed: {error}", file=sys.stderr)
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
