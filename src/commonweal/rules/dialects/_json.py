"""JSON as strangers write it: bounded, without repeated keys, with the line of what is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from commonweal.errors import InputError
from commonweal.rules.dialects.base import Problem
from commonweal.rules.terms import check_size

MOST_DEEP = 100
"""Deepest nesting that is read."""
MEND = "publish plain JSON in UTF-8, each key once, nested no deeper than needed"


def parse(text: str, code: str, where: str = "", first: int = 1) -> tuple[Any, tuple[Problem, ...]]:
    """Return (value, no problems) of a JSON text, or (None, the problem).

    Parameters
    ----------
    text : str
    code : str
        Code of the problem.
    where : str
    first : int
        Line in `where` on which the text starts.
    """
    line = None
    try:
        check_size(text.encode(), None)
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
        if not _deeper(value, MOST_DEEP):
            json.dumps(value, ensure_ascii=False).encode()
            return value, ()
        wrong = "it is nested too deeply"
    except json.JSONDecodeError as error:
        wrong, line = f"it is no JSON: {error.msg}", error.lineno + first - 1
    except InputError as error:
        wrong = error.problem
    except UnicodeEncodeError:  # a byte that was not UTF-8, or "\ud800" alone
        wrong = "it holds half a character"
    except RecursionError:
        wrong = "it is nested too deeply"
    except ValueError:  # an integer of thousands of digits
        wrong = "a number in it is too long"
    return None, (Problem(code, f"{wrong}; all of it is ignored", MEND, where, line),)


def element_lines(text: str, first: int = 1) -> list[int]:
    """Return the lines on which the elements of a JSON list start, for a text that `parse` took."""
    decoder, blank = json.JSONDecoder(), re.compile(r"[\s,]*")
    found: list[int] = []
    line, counted, at = first, 0, text.find("[") + 1
    while True:
        at = blank.match(text, at).end()  # type: ignore[union-attr]  # matches the empty text too
        if at >= len(text) or text[at] == "]":
            return found
        line, counted = line + text.count("\n", counted, at), at
        found.append(line)
        _, at = decoder.raw_decode(text, at)


def line_of(text: str, said: str, first: int = 1) -> int | None:
    """Return the line on which a key or string first stands, or None."""
    at = text.find(json.dumps(said, ensure_ascii=False))
    return None if at < 0 else text.count("\n", 0, at) + first


def listed(value: object) -> list[Any]:
    """Return a list as it is, nothing for None, and any other value as a list of one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def words(value: Mapping[str, Any], *keys: str) -> Iterator[str]:
    """Yield the strings under keys, alone or in lists."""
    for key in keys:
        yield from (v for v in listed(value.get(key)) if isinstance(v, str))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise InputError(
                f"the key {key[:80]!r} is said twice, and readers differ in which counts", mend=MEND
            )
        found[key] = value
    return found


def _no_number(name: str) -> None:
    raise InputError(f"{name} is no number of JSON", mend=MEND)


def _deeper(value: Any, most: int) -> bool:
    level = [value]
    for _ in range(most):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True
