"""What a client asks a licence for: acts and a resource, from the parameters of a token request."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from commonweal.errors import InputError
from commonweal.rules.dialects._rsl_words import TOKENS
from commonweal.rules.patterns import parse, split
from commonweal.rules.vocabulary import Act
from commonweal.rules.xml import parse_xml

RSL = "https://rslstandard.org/rsl"
RSL_TYPE = "application/rsl+xml"

USAGE = {token.name: token.acts | token.touches for token in TOKENS}
"""RSL's usage tokens as sets of acts. A wider set asks for more, so it is refused more readily."""


class AskedWronglyError(ValueError):
    """A request that can't be understood; `code` is OLP's (RSL 1.0 section 5.4.4)."""

    def __init__(self, code: str, problem: str) -> None:
        self.code = code
        super().__init__(problem)


@dataclass(frozen=True)
class Wanted:
    """What a client wants: acts on what a URL pattern with its host covers, and perhaps one use only."""

    acts: frozenset[Act]
    resource: str
    once: bool = False


def wanted(form: dict[str, str], origins: Collection[str]) -> Wanted:
    """Return what a token request asks for.

    Parameters
    ----------
    form : dict
        Parameters: `resource`, and `license` (an RSL `<license>` element) or `scope` (names of acts, our
        own addition) or both, which asks for what is in both; `one_time` ("true") is ours too.
    origins : collection of str
        The sites that licences are granted for.

    Raises
    ------
    AskedWronglyError
    """
    resource = _resource(form.get("resource", ""), origins)
    asked = []
    if "license" in form:
        if form.get("license_type", RSL_TYPE) != RSL_TYPE:
            raise AskedWronglyError("invalid_request", f"license_type is not {RSL_TYPE}")
        asked.append(licence_acts(form["license"]))
    if "scope" in form:
        asked.append(_scope(form["scope"]))
    if not asked:
        raise AskedWronglyError("invalid_request", "license is missing")
    acts = frozenset.intersection(*asked)
    if not acts:
        raise AskedWronglyError("invalid_license", "the licence permits no act that is asked for")
    return Wanted(acts, resource, form.get("one_time") == "true")


def licence_acts(text: str) -> frozenset[Act]:
    """Return the acts that an RSL `<license>` element permits: what `<permits type="usage">` lists, or
    everything where it is absent, without what `<prohibits type="usage">` lists (RSL 1.0 section 3.4).

    Raises
    ------
    AskedWronglyError
        If it is no such element, or has usage tokens that are not known.
    """
    try:
        root = parse_xml(text.encode("utf-8", "replace"))
    except InputError:
        raise AskedWronglyError("invalid_license", "license is no XML") from None
    if root.tag not in (f"{{{RSL}}}license", "license"):
        raise AskedWronglyError("invalid_license", "license is no <license> element of RSL")
    found: dict[str, frozenset[Act]] = {}
    for element in root:
        name = str(element.tag).rpartition("}")[2]
        if name in ("permits", "prohibits") and element.get("type") == "usage":
            tokens = (element.text or "").split()
            if unknown := [t for t in tokens if t not in USAGE]:
                raise AskedWronglyError("invalid_license", f"usage {unknown[0][:40]!r} is not known")
            found[name] = found.get(name, frozenset()).union(*(USAGE[t] for t in tokens))
    return found.get("permits", frozenset(Act)) - found.get("prohibits", frozenset())


def _resource(text: str, origins: Collection[str]) -> str:
    if not text:
        raise AskedWronglyError("invalid_request", "resource is missing")
    if not text.isprintable() or " " in text or "#" in text or len(text) > 2000:
        raise AskedWronglyError("invalid_resource", "resource is no URL")
    if text.startswith(("/", "*")) and len(origins) == 1:
        text = next(iter(origins)) + ("/" if text.startswith("*") else "") + text
    origin, path = split(text)
    if origin not in origins:
        raise AskedWronglyError("invalid_resource", "licences for that resource are not granted here")
    if {".", ".."} & set(path.partition("?")[0].split("/")):
        raise AskedWronglyError("invalid_resource", "resource has dots for segments")
    parse(origin + path)
    return origin + path


def _scope(text: str) -> frozenset[Act]:
    try:
        acts = frozenset(Act(word) for word in text.split())
    except ValueError:
        raise AskedWronglyError("invalid_request", "scope names an act that is not known") from None
    if not acts:
        raise AskedWronglyError("invalid_request", "scope is empty")
    return acts
