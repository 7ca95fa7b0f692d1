"""Licences as people write them, to SPDX ids where they are plain."""

from __future__ import annotations

import re

_CC = re.compile(
    r"creativecommons\.org/(?:licenses/(by(?:-nc)?(?:-sa|-nd)?)/(\d\.\d)|publicdomain/(zero|mark)/1\.0)", re.I
)
_SHORT = re.compile(r"^cc[ -](by(?:-nc)?(?:-sa|-nd)?)[ -](\d\.\d)$", re.I)
_ID = re.compile(r"[A-Za-z][A-Za-z0-9.+-]{1,39}")
_ZERO = frozenset({"cc0", "cc-0", "cc0 1.0", "cc0-1.0"})


def licence(text: str | None) -> str | None:
    """Return the SPDX id or the address that a statement is; None where it is neither.

    Examples
    --------
    >>> licence("http://creativecommons.org/licenses/by-sa/4.0/")
    'CC-BY-SA-4.0'
    >>> licence("All rights reserved.") is None
    True
    """
    text = (text or "").strip()
    if found := _CC.search(text):
        if found[3]:
            return "CC0-1.0" if found[3].lower() == "zero" else f"https://{found[0]}/"
        return f"CC-{found[1].upper()}-{found[2]}"
    if text.casefold() in _ZERO:
        return "CC0-1.0"
    if found := _SHORT.match(text):
        return f"CC-{found[1].upper()}-{found[2]}"
    if text.startswith(("https://", "http://")) and not re.search(r"\s", text):
        return text
    return text if _ID.fullmatch(text) and re.search(r"[\d-]|^MIT$|^ISC$", text) else None
