"""Licences by their SPDX identifier, however they are spelled; what is not surely recognised stays unknown.

What is recognised stands in `data/licences.toml`, with sources. A spelling says a licence and its version,
or, where the version is missing, a family alone.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

_NOISE = {"license", "licence", "the", "version", "international", "unported", "generic", "v"}
_JOINED = (
    ("creative commons", "cc"),
    ("share alike", "sharealike"),
    ("non commercial", "noncommercial"),
    ("no derivatives", "noderivatives"),
    ("no derivs", "noderivatives"),
    ("noderivs", "noderivatives"),
)
_CC = {"attribution": "by", "sharealike": "sa", "noncommercial": "nc", "noderivatives": "nd"}
_CC_URL = re.compile(r"creativecommons\.org/licenses/([a-z-]+)/(\d\.\d)(?:/([a-z]{2,3}))?")
_TAIL = re.compile(r"(/(legalcode|deed)(\.[a-z_-]+)?|\.(html|txt|json|php))$")


@dataclass(frozen=True)
class Licence:
    """A licence that was recognised.

    Attributes
    ----------
    spdx : str
        Its identifier; "" where the version is not said.
    family : str
        Its family in `data/licences.toml`.
    """

    spdx: str
    family: str


@dataclass(frozen=True)
class Table:
    """The licences that are recognised.

    Attributes
    ----------
    spellings : dict
        From a spelling's key to its licence.
    families : dict
        From a family's id to whether its licences are open.
    sha256 : str
        Of the data file: which licences were recognised is part of how a work was classified.
    """

    spellings: dict[str, Licence]
    families: dict[str, bool]
    sha256: str


@cache
def table() -> Table:
    """Return the licences of the data file."""
    raw = (resources.files("commonweal.commons") / "data" / "licences.toml").read_bytes()
    families: list[dict[str, Any]] = tomllib.loads(raw.decode())["family"]
    spellings: dict[str, Licence] = {}
    for family in families:
        pairs = [(name, name) for name in family["spdx"]]
        pairs += [(f"https://spdx.org/licenses/{name}", name) for name in family["spdx"]]
        pairs += [*family.get("also", {}).items(), *((text, "") for text in family.get("bare", ()))]
        spellings |= {_key(text): Licence(name, family["id"]) for text, name in pairs}
    return Table(spellings, {f["id"]: f["open"] for f in families}, hashlib.sha256(raw).hexdigest())


@lru_cache(maxsize=65536)
def recognise(text: str) -> frozenset[Licence | None]:
    """Return the licences that a text names; None stands for one that is not recognised.

    Parameters
    ----------
    text : str
        An identifier, another spelling of it, an address, or several joined by AND or by OR. Of these it is
        not said here which one holds: a condition on the licence has to hold for each of them.
    """
    if whole := _one(text.strip()):  # first: "OR LATER" is part of a name
        return frozenset([whole])
    parts = re.split(r" (?:AND|OR) ", text.strip())
    return frozenset(_one(part.strip()) for part in parts)


def _one(text: str) -> Licence | None:
    known = table().spellings
    if match := re.fullmatch(r"([^()]+)\(([^()]+)\)", text):  # a name with its abbreviation: they must agree
        first, second = (known.get(_key(part)) for part in match.groups())
        return first if first == second else None
    return known.get(_key(text)) or _creative_commons(text)


def _creative_commons(text: str) -> Licence | None:
    """Return the licence at an address of Creative Commons; of a port without an identifier the family."""
    match = _CC_URL.fullmatch(_address(text))
    if match is None:
        return None
    kind, version, port = match.groups()
    known = table().spellings
    exact = known.get(_key("-".join(("cc", kind, version, *([port] if port else [])))))
    if exact or not known.get(_key(f"cc-{kind}-{version}")):
        return exact
    return Licence("", f"cc-{kind}")


def _key(text: str) -> str:
    """Return what is the same for all spellings of a licence that differ in nothing that matters."""
    if "://" in text:
        return _address(text)
    words = re.sub(r"[^\w.+]+|_", " ", unicodedata.normalize("NFKC", text).casefold()).split()
    words = [re.sub(r"^v(?=\d)", "", word) for word in words if word not in _NOISE]
    said = " ".join(words)
    for apart, joined in _JOINED:
        said = said.replace(apart, joined)
    words = said.split()
    return " ".join(_CC.get(word, word) for word in words) if words[:1] == ["cc"] else said


def _address(text: str) -> str:
    said = re.sub(r"^https?://(www\.)?", "", text.strip().casefold())
    said = re.split(r"[?#]", said)[0].rstrip("/")
    return _TAIL.sub("", said).rstrip("/")
