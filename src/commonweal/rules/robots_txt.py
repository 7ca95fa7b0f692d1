"""robots.txt: its lines with their numbers, its groups, and who may fetch what (RFC 9309).

Reads what real files hold: missing colons, odd line ends, a byte order mark. Only the first 500 KiB count, as
the RFC lets a crawler do; the rest is reported and never read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from commonweal.rules.patterns import encoded, parse_path, specificity

MOST_BYTES = 500 * 1024
LONGEST_LINE = 2083 * 8
_KEYS = {
    "useragent": "user-agent",
    "user agent": "user-agent",
    "dissallow": "disallow",
    "dissalow": "disallow",
    "disalow": "disallow",
    "diasllow": "disallow",
    "disallaw": "disallow",
    "site-map": "sitemap",
}  # what Google's parser forgives


@dataclass(frozen=True)
class Line:
    """One line that says something.

    Attributes
    ----------
    number : int
        From 1.
    key, value : str
        The key in lower case.
    """

    number: int
    key: str
    value: str


@dataclass
class Group:
    """Lines for some agents: from `first` on; agents in lower case, "*" for all."""

    agents: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    first: int = 0


@dataclass(frozen=True)
class Robots:
    """A robots.txt file.

    Attributes
    ----------
    groups : sequence of Group
    outside : sequence of Line
        Lines that belong to no group: before the first one, and Sitemap wherever it stands.
    malformed : sequence of Line
        Lines without a colon or a known shape; the text is in `value`.
    cut : bool
        Were there more bytes than are read?
    """

    groups: Sequence[Group]
    outside: Sequence[Line]
    malformed: Sequence[Line]
    cut: bool = False

    def applying(self, *agents: str) -> list[Group]:
        """Return the groups that an agent, known by any of these names, obeys: all that name it, else those
        of `*`. A name is a product token ("GPTBot"); `product` takes it from a longer user agent."""
        names = {a.strip().lower() for a in agents}
        named = [g for g in self.groups if any(a != "*" and product(a) in names for a in g.agents)]
        return named or [g for g in self.groups if "*" in g.agents]

    def allowed(self, agents: str | Iterable[str], url: str) -> bool:
        """May an agent, known by any of these names, fetch this URL or path?

        URLs are compared as they stand, as Google's matcher does: give them percent-encoded.
        """
        names = [agents] if isinstance(agents, str) else list(agents)
        found = self.deciding(self.applying(*names), url)
        return found is None or found.key == "allow"

    def deciding(self, groups: Sequence[Group], url: str) -> Line | None:
        """Return the allow or disallow line that decides for a URL: the longest, allow on a tie."""
        best: tuple[tuple[int, int], Line] | None = None
        path = _path(url)
        for line in (line for g in groups for line in g.lines):
            if line.key not in ("allow", "disallow") or not line.value:
                continue
            if not _matches(line, path):
                continue
            rank = (specificity(line.value)[0], int(line.key == "allow"))
            if best is None or rank > best[0]:
                best = rank, line
        return best[1] if best else None


def told_apart(robots: Robots, key: str) -> list[tuple[frozenset[str], list[Line]]]:
    """Return what groups for named agents say in lines of a key and the group of `*` does not.

    Each is (agents, lines); an agent obeys its own groups alone.
    """
    common = {line.value for group in robots.applying("*") for line in group.lines if line.key == key}
    by_agent: dict[str, list[Line]] = {}
    for group in robots.groups:
        lines = [line for line in group.lines if line.key == key]
        for agent in group.agents:
            if agent != "*" and lines:
                by_agent.setdefault(agent, []).extend(lines)
    together: dict[tuple[int, ...], tuple[set[str], list[Line]]] = {}
    for agent, lines in by_agent.items():
        if {line.value for line in lines} != common:
            place = tuple(line.number for line in lines)
            together.setdefault(place, (set(), lines))[0].add(agent)
    return [(frozenset(agents), lines) for agents, lines in together.values()]


def product(agent: str) -> str:
    """Return what of a user agent counts: letters, `_` and `-` at its start, in lower case."""
    found = re.match(r"[A-Za-z_-]*", agent.strip())
    return (found.group() if found else "").lower()


def parse_robots(raw: bytes | str) -> Robots:
    """Return the parts of a robots.txt file; never fails, whatever the bytes."""
    data = raw.encode("utf-8", "replace") if isinstance(raw, str) else raw
    text = data[:MOST_BYTES].removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    groups: list[Group] = []
    outside: list[Line] = []
    malformed: list[Line] = []
    collecting = False
    for number, whole in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        content = whole[:LONGEST_LINE].split("#", 1)[0].strip()
        if not content:
            continue
        line = _line(number, content)
        if line is None:
            malformed.append(Line(number, "", content))
        elif line.key == "user-agent":
            if not collecting:
                groups.append(Group(first=number))
                collecting = True
            agent = line.value
            groups[-1].agents.append("*" if agent == "*" or re.match(r"\*\s", agent) else agent.lower())
        elif line.key == "sitemap" or not groups:
            outside.append(line)
        else:
            collecting = collecting and line.key not in ("allow", "disallow")
            groups[-1].lines.append(line)
    return Robots(groups, outside, malformed, len(data) > MOST_BYTES)


def _line(number: int, content: str) -> Line | None:
    key, colon, value = content.partition(":")
    if not colon:  # forgiven as Google's parser does: two words with blanks between
        words = content.split()
        if len(words) != 2:
            return None
        key, value = words
    key = key.strip().lower()
    return Line(number, _KEYS.get(key, key), value.strip())


def _path(url: str) -> str:
    """Return path and query, without what stands before and the fragment."""
    bare = url.split("#", 1)[0]
    found = re.match(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?;]*(.*)", bare, re.S)
    path = found.group(1) if found else bare
    if not path.startswith("/"):
        path = "/" + path
    return path


def _matches(line: Line, path: str) -> bool:
    value = re.sub("%[0-9a-fA-F]{2}", lambda m: m.group().upper(), encoded(line.value))
    if not value.startswith(("/", "*")):
        return False
    if parse_path("", value).matches("", path):
        return True
    # A folder's index page stands for the folder.
    if line.key == "allow" and re.search(r"/index\.html?$", value):
        return parse_path("", value[: value.rindex("/") + 1] + "$").matches("", path)
    return False
