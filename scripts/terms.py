"""Writes docs/reference/terms.md and terms.schema.json from the types: `python scripts/terms.py`."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import msgspec

from commonweal.rules import vocabulary
from commonweal.rules.terms import Declarer, Rule, Terms, schema

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
TYPES = (
    Terms, Declarer, Rule, vocabulary.Who, vocabulary.Scope, vocabulary.Flow, vocabulary.Life,
    vocabulary.Attribute, vocabulary.Pay, vocabulary.Report, vocabulary.Watermark, vocabulary.Consent,
    vocabulary.Delete,
)  # fmt: skip
HEAD = """# Terms

Made by `python scripts/terms.py` from the types; a test holds it to them. As TOML for people, as JSON for
machines ([JSON Schema](terms.schema.json)); `commonweal rules new` writes a first version. Rules are
`[[rule]]` tables in TOML and the list `rules` in JSON; the order of a list never counts; what is left out
takes its default.

```toml
title = "House terms"

[declarer]
name = "Writers' Guild"
url = "https://guild.example"

[[rule]]                       # anybody may list us
acts = ["search", "crawl"]
effect = "allow"

[[rule]]                       # training: everybody but research pays; of research nothing is said
acts = ["train-gen", "train-disc"]
effect = "conditional"
unless = {parties = ["research"]}
duties = [{duty = "pay", model = "fixed", note = "to be agreed"}, {duty = "attribute"}]
flow = {depth = 1}
life = {expiry = 2028-01-01T00:00:00Z, notice_days = 90}
```
"""


def page() -> str:
    """Return the page."""
    parts = [HEAD, "## Acts\n", _enum(vocabulary.Act, "act"), "## Classes of actors\n"]
    parts.append(", ".join(f"`{p}`" for p in vocabulary.Party) + "\n")
    for kind in TYPES:
        parts += [f"## {_title(kind)}\n", _intro(kind), _fields(kind)]
    return "\n".join(parts)


def _title(kind: type[msgspec.Struct]) -> str:
    tag = kind.__struct_config__.tag
    return f'Duty "{tag}"' if tag else kind.__name__


def _intro(kind: type[msgspec.Struct]) -> str:
    text = inspect.cleandoc(kind.__doc__ or "")
    return text.split("\n\nParameters", 1)[0] + "\n"


def _fields(kind: type[msgspec.Struct]) -> str:
    says = _said(inspect.cleandoc(kind.__doc__ or ""))
    rows = ["| field | default | |", "|---|---|---|"]
    for field in msgspec.structs.fields(kind):
        default = "required" if field.required else _plain(field.default)
        rows.append(f"| `{field.name}` | {default} | {says.get(field.name, '')} |")
    return "\n".join(rows) + "\n" if len(rows) > 2 else ""


def _said(doc: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in re.finditer(r"^([a-z_0-9, ]+) : (.+)\n((?:    .+\n?)*)", doc, re.M):
        text = f"{match[2]}. {' '.join(match[3].split())}".strip()
        found |= dict.fromkeys(match[1].split(", "), text.replace("|", "\\|"))
    return found


def _plain(value: object) -> str:
    if isinstance(value, str):
        return f'`"{value}"`'
    if value is None or isinstance(value, bool | int):
        return {None: "absent", True: "`true`", False: "`false`"}.get(value, f"`{value}`")  # type: ignore[call-overload]
    return "empty"


def _enum(kind: type[vocabulary.Act], name: str) -> str:
    source = inspect.getsource(kind)
    says = dict(re.findall(r'= "([a-z-]+)"\n    """(.+?)"""', source))
    rows = [f"| {name} | |", "|---|---|", *(f"| `{v}` | {says.get(str(v), '')} |" for v in kind)]
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    (FOLDER / "terms.md").write_text(page(), encoding="utf-8")
    (FOLDER / "terms.schema.json").write_text(json.dumps(schema(), indent=1) + "\n", encoding="utf-8")
