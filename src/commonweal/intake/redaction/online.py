"""What identifies people online: e-mail, IP and device addresses."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from commonweal.intake.redaction.detector import Candidate, Detector
from commonweal.intake.redaction.kinds import Find, Kind

LOCAL = re.compile(r"[\w.+%'’~-]{1,64}\Z")
DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+(?:xn--[\w-]{2,59}|[^\W\d_]{2,24})")
SPELT = re.compile(
    r"([\w.+%-]{1,64}?)\s{0,2}[\[({<]\s?at\s?[\])}>]\s{0,2}"
    r"((?:[\w-]+(?:\s{0,2}[\[({<]\s?dot\s?[\])}>]\s{0,2}|\.))+[^\W\d_]{2,24})",
    re.IGNORECASE,
)
NOBODY = frozenset({"git", "hg", "svn"})
"""Accounts of protocols: `git@host` names no person."""


def _email(seen: Candidate) -> Iterator[Find]:
    local = LOCAL.search(seen.before(65))
    domain = DOMAIN.match(seen.text, seen.end, seen.end + 254)
    if not local or not domain:
        return
    name = local[0].lstrip(".'’-~")
    whole = f"{name}@{domain[0]}".casefold()
    if name and name.casefold() not in NOBODY and not whole.endswith(".invalid"):
        yield Find(seen.start - len(name), domain.end(), Kind.EMAIL, "shape of an e-mail address", whole)


def _spelt(seen: Candidate) -> Iterator[Find]:
    left = len(seen.before(66))
    for match in SPELT.finditer(seen.text, seen.start - left, seen.end + len(seen.after(200))):
        if match.start() <= seen.start < match.end():
            host = re.sub(r"\s*[\[({<]\s?dot\s?[\])}>]\s*", ".", match[2], flags=re.IGNORECASE)
            value = f"{match[1]}@{host}".casefold()
            yield Find(*match.span(), Kind.EMAIL, "e-mail address, its signs spelt out", value)


EXAMPLES_4 = [ipaddress.IPv4Network(n) for n in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
"""RFC 5737; with 2001:db8::/32 of RFC 3849, addresses that are nobody's."""
EXAMPLES_6 = ipaddress.IPv6Network("2001:db8::/32")


def _ip4(seen: Candidate) -> Iterator[Find]:
    if not seen.alone() or re.match(r"[.-]\d", seen.after(2)) or re.search(r"[\d.][.-]\Z", seen.before(2)):
        return
    if re.search(r"(?:version|release|section|chapter|§)\W{0,3}\Z", seen.before(12), re.IGNORECASE):
        return
    numbers = [int(n) for n in seen.value.split(".")]
    if max(numbers) > 255:
        return
    address = ipaddress.IPv4Address(bytes(numbers))
    if numbers[0] == 0 or numbers[:2] == [255, 255] or address.is_loopback:
        return
    if not any(address in network for network in EXAMPLES_4):
        yield Find(seen.start, seen.end, Kind.IP, "IPv4 address", str(address))


def _colons(seen: Candidate) -> Iterator[Find]:
    value, alone = seen.value, seen.alone(":-")
    groups = value.replace("-", ":").split(":")
    if len(groups) == 6 and all(len(g) == 2 for g in groups):
        if alone:
            yield Find(seen.start, seen.end, Kind.DEVICE, "MAC address", ":".join(groups).lower())
        return
    short = value[:-1] if value.endswith(":") and not value.endswith("::") else value
    try:
        address = ipaddress.IPv6Address(short)
    except ValueError:
        return
    named = [g for g in groups if g]
    some = len(named) >= 3 or (len(named) >= 2 and len(named[0]) >= 3)
    if (alone or short != value) and some and address not in EXAMPLES_6:
        yield Find(seen.start, seen.start + len(short), Kind.IP, "IPv6 address", str(address))


DETECTORS = (
    Detector("@", _email),
    Detector(r"(?i)[\[({<]\s?at\s?[\])}>]", _spelt),
    Detector(r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}", _ip4),
    Detector(
        r"[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:(?:\.[0-9]{1,3}){3})?"
        r"|[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}",
        _colons,
    ),
)
