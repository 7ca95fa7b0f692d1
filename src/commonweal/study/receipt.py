"""Receipts: what a result rests on, and whether it comes out the same when computed again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.progress import Progress, silent
from commonweal.results import jsonable
from commonweal.sealed import Difference, compare, content_hash, versions
from commonweal.study.moved import moved
from commonweal.study.plan import Plan
from commonweal.study.run import Study, run
from commonweal.utility.base import facts_of

SCHEMA = "commonweal/receipt/1"
INPUT = "input"
"""What the place of a difference begins with where it is a file that differs, not a figure."""


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
        Folder that holds the inputs, where they no longer lie at the recorded paths: each is found by its
        content, else by its name.
    rtol : float
        Largest relative difference that counts as the same.

    Raises
    ------
    InputError
        If an input can't be read or found. An input with another hash is a difference, not an error: the
        first ones, with the part and the name of the file.
    """
    plan = Plan.from_dict(recorded["plan"])
    if inputs is not None:
        plan = moved(plan, recorded["inputs"], Path(inputs))
    study = run(plan, workers=workers, progress=progress)
    differences = _other_inputs(recorded["inputs"], study)
    differences += compare(recorded["figures"], _figures(study), rtol=rtol)
    return study, differences


def bit_for_bit(recorded: Mapping[str, Any], study: Study) -> bool:
    """Tell whether the figures of a study are those of a receipt to the last bit."""
    return bool(content_hash(_figures(study)) == recorded["figures_sha256"])


def _figures(study: Study) -> dict[str, Any]:
    return {
        name: {k: v for k, v in result.to_dict().items() if k != "columns"}
        for name, result in study.results.items()
    }


def _other_inputs(recorded: Sequence[Mapping[str, Any]], study: Study) -> list[Difference]:
    """Return the files whose content is not the recorded one, by part and name."""
    read = [(part, Path(s.path).name, s.sha256) for part, s in study.inputs.sources()]
    if len(read) != len(recorded):
        return [Difference(f"{INPUT}: how many files", len(recorded), len(read))]
    return [
        Difference(f"{INPUT} {name} ({part}): SHA-256", was["sha256"], sha256)
        for was, (part, name, sha256) in zip(recorded, read, strict=True)
        if (was["part"], was["sha256"]) != (part, sha256)
    ]
