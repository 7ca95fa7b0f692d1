"""JSON as strangers write it: bounded, without repeated keys, with the line of what is wrong."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from json.decoder import JSONObject  # type: ignore[attr-defined]  # there, and not in the stubs
from json.scanner import py_make_scanner  # type: ignore[attr-defined]
from typing import Any

from commonweal.errors import InputError
from commonweal.rules.dialects.base import Problem
from commonweal.rules.terms import check_size

MOST_DEEP = 100
"""Deepest nesting that is read."""
MEND = "publish plain JSON in UTF-8, each key once, nested no deeper than needed"


class Node(dict[str, Any]):
    """An object of JSON with the line on which it starts."""

    line: int = 1


def parse(text: str, code: str, where: str = "", first: int = 1) -> tuple[Any, tuple[Problem, ...]]:
    """Return (value, no problems) of a JSON text, or (None, the problem); every object is a `Node`.

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
        value = _decoded(text, first)
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


def line_of(text: str, said: str, first: int = 1) -> int | None:
    """Return the line on which a key or string first stands, or None."""
    at = text.find(json.dumps(said, ensure_ascii=False))
    return None if at < 0 else text.count("\n", 0, at) + first


def listed(value: object) -> list[Any]:
    """Return a list as it is, nothing for None, and any other value as a list of one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _decoded(text: str, first: int) -> Any:
    """Decode with the standard library's own parts: its scanner in Python tells where an object starts."""
    ends = [match.start() for match in re.finditer("\n", text)]
    decoder: Any = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)

    def node(start: tuple[str, int], *how: Any) -> tuple[Node, int]:
        found, end = JSONObject(start, *how)
        found.line = bisect_left(ends, start[1]) + first
        return found, end

    decoder.parse_object = node
    decoder.scan_once = py_make_scanner(decoder)
    return decoder.decode(text)


def _once(pairs: list[tuple[str, Any]]) -> Node:
    found = Node()
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
