"""One folder with everything that machines read: all dialects written, robots.txt and headers merged."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from commonweal.rules.contracts import wording
from commonweal.rules.dialects import every
from commonweal.rules.dialects.base import Artefact, Dialect, Kind, Loss, Site
from commonweal.rules.export import write
from commonweal.rules.robots_txt import Group, Line, Robots, parse_robots
from commonweal.rules.signals import Signal
from commonweal.rules.site.published import File
from commonweal.rules.site.robots import merged
from commonweal.rules.terms import Terms

MARK = "# Terms of use for machines, made by commonweal; the same in full: "


@dataclass(frozen=True)
class Bundle:
    """What to publish.

    Attributes
    ----------
    files : mapping of path to bytes
        To be served from the site's root; robots.txt among them.
    headers : sequence of (pattern, name, value)
        HTTP headers by URL pattern.
    tags : mapping of pattern to sequence of str
        Elements for the head of HTML pages.
    losses : mapping of dialect to sequence of Loss
    signals : sequence of Signal
        What all of it says when it is read.
    """

    files: Mapping[str, bytes]
    headers: Sequence[tuple[str, str, str]]
    tags: Mapping[str, Sequence[str]]
    losses: Mapping[str, Sequence[Loss]]
    signals: Sequence[Signal] = field(default=())


def publish(
    terms: Terms, site: Site, dialects: Iterable[Dialect] | None = None, robots: bytes | str = b""
) -> Bundle:
    """Write terms in several dialects.

    Parameters
    ----------
    terms : Terms
    site : Site
    dialects : iterable of Dialect, optional
        All of them where absent.
    robots : bytes or str
        The site's present robots.txt, which is kept and added to.
    """
    chosen = list(every().values()) if dialects is None else list(dialects)
    exports = {d.about.name: write(d, terms, site) for d in chosen}
    artefacts = [a for export in exports.values() for a in export.written.artefacts]
    files = {a.path.lstrip("/"): a.text.encode() for a in artefacts if a.kind is Kind.FILE}
    files["terms.json"] = terms.canonical() + b"\n"
    files["contract.md"] = readable(terms, site).encode()
    lines = [a for a in artefacts if a.kind is Kind.ROBOTS]
    if lines or robots:
        files["robots.txt"] = _with_present(merge_robots(lines, site), robots)
    tags: dict[str, list[str]] = {}
    for a in artefacts:
        if a.kind is Kind.TAG:
            tags.setdefault(a.path, []).append(a.text)
    return Bundle(
        files=files,
        headers=_headers(artefacts),
        tags=tags,
        losses={name: export.losses for name, export in exports.items()},
        signals=[s for export in exports.values() for s in export.signals],
    )


def readable(terms: Terms, site: Site) -> str:
    """Return the terms in plain English, as Markdown: what a person reads where machines read the rest."""
    who = terms.declarer
    about = [part for part in (who.name, who.url, who.contact) if part]
    parts = [f"# {terms.title or 'Terms of use for machines'}"]
    parts += [f"Declared by {', '.join(about)}."] if about else []
    parts += [f"On this authority: {who.authority}."] if who.authority else []
    said = wording.rules(terms)
    parts += ["\n".join(f"- {sentence}" for sentence in said)] if said else ["Nothing is said yet."]
    parts.append("What is not said here these terms don't allow. Rights that the law gives stay as they are.")
    if site.terms_url:
        parts.append(f"The same for machines: <{site.terms_url}>, SHA-256 `{terms.sha256}`.")
    parts.append(
        "A licence beyond this is signed as a contract: `commonweal rules draft` makes one. This text is a "
        "starting point and no legal advice."
    )
    return "\n\n".join(parts) + "\n"


def save(bundle: Bundle, folder: Path) -> list[Path]:
    """Write a bundle to a folder, with headers.json, head.html and losses.json; return the files written."""
    written = []
    files = dict(bundle.files)
    headers = [{"pattern": p, "name": n, "value": v} for p, n, v in bundle.headers]
    files["headers.json"] = _json(headers)
    files["losses.json"] = _json(losses_json(bundle))
    if bundle.tags:
        parts = [
            f"<!-- for pages that match {p} -->\n" + "\n".join(t) for p, t in sorted(bundle.tags.items())
        ]
        files["head.html"] = ("\n\n".join(parts) + "\n").encode()
    for path, content in sorted(files.items()):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        written.append(target)
    return written


def losses_json(bundle: Bundle) -> dict[str, list[dict[str, str]]]:
    """Return what each dialect could not carry: {dialect: [{"what", "why"}]}."""
    return {
        name: [{"what": loss.what, "why": loss.why} for loss in found]
        for name, found in bundle.losses.items()
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _headers(artefacts: Iterable[Artefact]) -> list[tuple[str, str, str]]:
    """Return headers by pattern and name; of two dialects' `Content-Usage` the one with exceptions stands,
    for a reader of either sees the same y and n in it."""
    found: dict[tuple[str, str], list[str]] = {}
    for a in artefacts:
        if a.kind is Kind.HEADER:
            values = found.setdefault((a.path, a.name), [])
            if a.text not in values:
                values.append(a.text)
    out = []
    for (path, name), values in sorted(found.items()):
        if name.lower() == "content-usage":
            out.append((path, name, max(values, key=lambda v: ("exceptions=" in v, v))))
        else:
            out += [(path, name, value) for value in values]
    return out


# robots.txt -------------------------------------------------------------------------------------------------


def merge_robots(artefacts: Sequence[Artefact], site: Site) -> str:
    """Return one robots.txt of the lines of all dialects.

    An agent obeys one group alone, so what holds for everybody stands in every group.
    """
    groups = _gathered(_own_groups(artefacts))
    common = _content_usage([a.text for a in artefacts if a.name == "group" and a.text])
    if common and not any("*" in g.agents for g in groups):
        groups.insert(0, Group(["*"]))
    top = [a.text for a in artefacts if a.name == "top"]
    parts = [MARK + site.terms_url] if site.terms_url else []
    parts += ["\n".join(dict.fromkeys(top))] if top else []
    return "\n\n".join([*parts, *(_group(g, common) for g in groups)]) + "\n"


def _with_present(ours: str, present: bytes | str) -> bytes:
    """Return both files as one: every agent hears both, and what either closes is closed."""
    raw = present.encode() if isinstance(present, str) else present
    return merged(raw, File("text/plain", ours.encode())).content if raw.strip() else ours.encode()


def _own_groups(artefacts: Iterable[Artefact]) -> list[Group]:
    return [g for a in artefacts if a.name == "agents" for g in parse_robots(a.text).groups]


def _gathered(groups: Iterable[Group]) -> list[Group]:
    """Join groups with the same lines, and lines of groups for the same agent: a robot reads them as one."""
    by_agent: dict[str, list[Line]] = {}
    for group in groups:
        for agent in group.agents:
            by_agent.setdefault(agent, []).extend(group.lines)
    by_lines: dict[tuple[tuple[str, str], ...], Group] = {}
    for agent, lines in by_agent.items():
        key = tuple(dict.fromkeys((line.key, line.value) for line in lines))
        by_lines.setdefault(key, Group([], [Line(0, k, v) for k, v in key])).agents.append(agent)
    return list(by_lines.values())


def _content_usage(lines: Iterable[str]) -> list[str]:
    """Drop a line of `Content-Usage` where another for the same path adds exceptions to it."""
    found: dict[tuple[str, str], str] = {}
    for line in lines:
        key, _, value = line.partition(":")
        path = value.split()[0] if value.split()[:1] and value.split()[0].startswith("/") else "/"
        place = (key.lower(), path if key.lower() == "content-usage" else line)
        if place not in found or "exceptions=" in line:
            found[place] = line
    return list(found.values())


def _group(group: Group, common: Sequence[str]) -> str:
    agents = [f"User-agent: {agent}" for agent in group.agents]
    own = [f"{_key(line)}: {line.value}".rstrip() for line in group.lines]
    said = [c for c in common if _heard(c, group)]
    lines = [*agents, *dict.fromkeys([*said, *own])]
    # Without a rule on paths some parsers would take the next group's agents into this group.
    has_path = any(line.key in ("allow", "disallow") for line in group.lines)
    return "\n".join(lines if has_path else [*lines, "Allow: /"])


def _heard(line: str, group: Group) -> bool:
    """May the group's agents fetch what a preference is about? Where they may not, AIPREF says nothing."""
    key, _, rest = line.partition(":")
    if key.lower() != "content-usage":
        return True
    value = rest.split()
    path = value[0] if value and value[0].startswith("/") else "/"
    found = Robots((), (), ()).deciding([group], path.removesuffix("$").replace("*", "x"))
    return found is None or found.key == "allow"


def _key(line: Line) -> str:
    return "-".join(word.capitalize() for word in line.key.split("-"))
