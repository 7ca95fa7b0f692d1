"""Front matter: what stands in YAML or TOML before a Markdown file's text."""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime, time
from typing import Any

from commonweal.errors import MissingExtraError

MOST = 65_536
"""Characters of front matter that are parsed."""
FENCES = {
    "yaml": re.compile(r"\A---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE),
    "toml": re.compile(r"\A\+\+\+[ \t]*\r?\n(.*?)^\+\+\+[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE),
}


def split(text: str) -> tuple[dict[str, Any] | None, str, str]:
    """Return a text's front matter, the front matter as it is written, and the text after it.

    The first is None where there is none, or where it can't be read; then the second says which: "" or not.
    YAML's values stay strings as written, so that no date or "no" is taken for something else.
    """
    for form, fence in FENCES.items():
        if found := fence.match(text):
            source = found[1]
            after = text[found.end() :]
            if len(source) > MOST:
                return None, source, after
            return _yaml(source) if form == "yaml" else _toml(source), source, after
    return None, "", text


def _yaml(source: str) -> dict[str, Any] | None:
    try:
        import yaml  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        raise MissingExtraError("pyyaml", "intake", "reading front matter") from None
    try:
        if any(isinstance(e, yaml.AliasEvent) for e in yaml.parse(source, Loader=yaml.BaseLoader)):
            return None  # a few lines of aliases can stand for gigabytes
        found = yaml.load(source, Loader=yaml.BaseLoader)  # strings, lists and tables, nothing else
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    return found if _plain(found) else None


def _toml(source: str) -> dict[str, Any] | None:
    try:
        return {key: _written(value) for key, value in tomllib.loads(source).items()}
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return None


def _plain(value: Any) -> bool:
    """Whether a table's keys are strings, as JSON's must be."""
    if isinstance(value, dict):
        return all(isinstance(k, str) and (not isinstance(v, dict) or _plain(v)) for k, v in value.items())
    return False


def _written(value: Any) -> Any:
    """Return TOML's dates as they are written."""
    if isinstance(value, dict):
        return {key: _written(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_written(child) for child in value]
    return value.isoformat() if isinstance(value, datetime | date | time) else value
