"""Writes docs/reference/models.md from the models' signatures and docstrings: `python scripts/models.py`."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from commonweal import utility as utilities
from commonweal.study.models import MODELS, choose, options_of

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "models.md"
POOLS = {
    "texts": ("text", None),
    "texts with a target": ("text", "label"),
    "tables": ("table", "label"),
    "ratings": ("ratings", None),
}
"""Pools in words → kind and target, as `choose` looks at them."""


def page() -> str:
    """Return the page: for each model its class, the pools that "auto" gives it, and its options."""
    parts = [
        "# Models and their options\n",
        "Made by `python scripts/models.py` from the models' signatures and docstrings; a test holds it to "
        "them.\n",
        "On the command line: `--model NAME --option OPTION=VALUE`, with `--option` as often as there are "
        "options. Values are read as JSON, so a list is `[30,100]` and no value `null`; what is no JSON is a "
        "word. `slice` is what `--slice` gives. In Python: `cw.appraise(pool, model=NAME, OPTION=VALUE)`, "
        "where `seed` is that of the splits, or the class in `commonweal.utility`. What each model computes: "
        "[utilities](../how-it-works/utilities.md).\n",
    ]
    return "\n".join([*parts, *(_section(name) for name in MODELS)])


def _section(name: str) -> str:
    model = getattr(utilities, MODELS[name])
    text = inspect.getdoc(model) or ""
    pools = [words for words, (kind, target) in POOLS.items() if choose(_pool(kind, target)) == name]
    auto = f" Chosen by `auto` for {' and '.join(pools)}." if pools else " Never chosen by `auto`."
    meanings = parameters(text)
    rows = [
        f"| `{option}` | `{_written(default)}` | {meanings[option]} |"
        for option, default in options_of(model).items()
    ]
    return "\n".join(
        [
            f"## {name}\n",
            f"`commonweal.utility.{model.__name__}`: {text.splitlines()[0]}{auto}\n",
            "| option | default | meaning |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def parameters(text: str) -> dict[str, str]:
    """Return name → type and meaning, from the Parameters section of a docstring in numpy's style."""
    lines = text.splitlines()
    rest = lines[lines.index("Parameters") + 2 :]
    ends = [i for i, line in enumerate(rest) if line and set(line) == {"-"}]
    found: dict[str, str] = {}
    names: list[str] = []
    for line in rest[: ends[0] - 1] if ends else rest:
        if line and not line.startswith(" "):
            head, _, kind = line.partition(" : ")
            names = head.split(", ")
            found |= dict.fromkeys(names, f"{kind}:" if kind else "")
        elif line.strip():
            found |= {n: f"{found[n]} {line.strip()}".strip() for n in names}
    return {name: re.sub(r"\|", r"\\|", meaning) for name, meaning in found.items()}


def _pool(kind: str, target: str | None) -> Any:
    return SimpleNamespace(kind=kind, roles=SimpleNamespace(target=target))


def _written(default: object) -> str:
    """Return a default as one would type it after `--option name=`."""
    return default if isinstance(default, str) else json.dumps(default)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
