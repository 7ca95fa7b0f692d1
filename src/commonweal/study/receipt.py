"""Receipts: what a result rests on, and whether it comes out the same when computed again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.progress import Progress, silent
from commonweal.results import jsonable
from commonweal.sealed import Difference, compare, content_hash, versions
from commonweal.study.plan import Plan
from commonweal.study.run import Study, run
from commonweal.utility.base import facts_of

SCHEMA = "commonweal/receipt/1"


def receipt(study: Study) -> dict[str, Any]:
    """Return the receipt of a study, JSON-ready.

    Inputs by SHA-256, the plan with every option and seed, versions, what the utility says of itself
    (vocabulary, tuned weights), every figure, and the hash of the figures.
    """
    figures = _figures(study)
    return {
        "schema": SCHEMA,
        "plan": study.plan.to_dict(),
        "inputs": [
            {"part": part, "path": s.path, "sha256": s.sha256, "bytes": s.bytes}
            for part, s in study.inputs.sources()
        ],
        "left_out": study.inputs.left_out,
        "versions": versions(),
        "utility": jsonable(dict(facts_of(study.utility))),
        "figures": figures,
        "figures_sha256": content_hash(figures),
    }


def load(path: str | Path) -> dict[str, Any]:
    """Read a receipt.

    Raises
    ------
    InputError
        If the file is no receipt, or one of another version.
    """
    try:
        value = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"can't be read ({error.strerror})", mend="give the path of a receipt.json", where=str(path)
        ) from None
    except ValueError:
        raise InputError(
            "is not JSON", mend="give the receipt.json that an appraisal wrote", where=str(path)
        ) from None
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise InputError(
            f"is no receipt of schema {SCHEMA}",
            mend="give the receipt.json that an appraisal wrote",
            where=str(path),
        )
    return value


def recompute(
    recorded: Mapping[str, Any],
    *,
    inputs: str | Path | None = None,
    rtol: float = 1e-9,
    workers: Workers | None = None,
    progress: Progress = silent,
) -> tuple[Study, list[Difference]]:
    """Run a receipt's plan again and return the study with every figure that differs.

    Parameters
    ----------
    recorded : mapping
        A receipt, from `load`.
    inputs : path, optional
        Folder that holds the inputs by file name, where they no longer lie at the recorded paths.
    rtol : float
        Largest relative difference that counts as the same.

    Raises
    ------
    InputError
        If an input can't be read. An input with another hash is a difference, not an error.
    """
    plan = Plan.from_dict(recorded["plan"])
    if inputs is not None:
        plan = _moved(plan, Path(inputs))
    study = run(plan, workers=workers, progress=progress)
    again = [{"part": part, "sha256": s.sha256} for part, s in study.inputs.sources()]
    was = [{"part": i["part"], "sha256": i["sha256"]} for i in recorded["inputs"]]
    differences = compare({"inputs": was}, {"inputs": again})
    differences += compare(recorded["figures"], _figures(study), rtol=rtol)
    return study, differences


def _figures(study: Study) -> dict[str, Any]:
    return {
        name: {k: v for k, v in result.to_dict().items() if k != "columns"}
        for name, result in study.results.items()
    }


def _moved(plan: Plan, folder: Path) -> Plan:
    paths = {
        name: str(folder / Path(getattr(plan, name)).name)
        for name in ("works", "base", "rival_base", "test")
        if getattr(plan, name)
    }
    return replace(plan, **paths)  # type: ignore[arg-type]
