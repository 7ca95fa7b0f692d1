"""The ways in which servers may read one path."""

from __future__ import annotations

import posixpath
from urllib.parse import quote, unquote_to_bytes

from commonweal.rules.patterns import uniform
from commonweal.rules.site.published import SAFE


def readings(*paths: str) -> set[str]:
    """Return the ways in which servers may read a path: as written, and decoded with its dots resolved and
    slashes merged, each with its query.

    A guard that looks at one reading while the application behind it acts on another can be walked around:
    `/open/..%2fclosed` is below `/open/` for the one and below `/closed` for the other.
    """
    out = set()
    for path in paths:
        bare, mark, query = path.partition("?")
        decoded = unquote_to_bytes(bare).replace(b"\\", b"/")
        tidy = posixpath.normpath(b"/" + decoded.lstrip(b"/"))
        if decoded.endswith((b"/", b"/.", b"/..")) and tidy != b"/":
            tidy += b"/"
        out |= {uniform(p) + mark + query for p in (bare, quote(decoded, safe=SAFE), quote(tidy, safe=SAFE))}
    return out
