"""Who is shut out by name, and who is not."""

from __future__ import annotations

from collections.abc import Iterator

from commonweal.rules.check.effective import Effective, representative
from commonweal.rules.check.evidence import Evidence
from commonweal.rules.check.lints.base import Hit, lint
from commonweal.rules.check.lints.robots import good
from commonweal.rules.robots_txt import Group, Robots, product
from commonweal.rules.vocabulary import Act, Effect

MOST_COMPARISONS = 2_000_000


@lint(
    "refused-by-name-only", "warning", "training is refused to those who are named, and to nobody else",
    why="a new crawler, or one that changes its name, is not on the list; and what was fetched for search, "
    "or by others, carries no rule of use",
    mend="say the use as well: `Content-Usage: train-ai=n` below `User-agent: *`, RSL, or TDMRep",
)  # fmt: skip
def by_name_only(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find crawlers for training that are disallowed by name where no signal speaks of training to all."""
    file = good(evidence)
    if file is None or effective.root.effects[Act.TRAIN_GEN] is not Effect.UNKNOWN:
        return
    named = effective.named
    for group in file.parsed.groups:
        refused = [a for a in group.agents if a in named and named[a][Act.TRAIN_GEN] is Effect.DENY]
        if refused:
            names = ", ".join(refused[:5]) + (f" and {len(refused) - 5} more" if len(refused) > 5 else "")
            yield Hit(f"{names}; to all others nothing is said of training", file.url, group.first)
            return


@lint(
    "usage-on-disallowed", "error", "a preference on a path that may not be fetched",
    why="on what robots.txt disallows no preference exists: whoever has the page from elsewhere finds none",
    mend="allow the path, so that the preference can be read, or leave the preference out",
)  # fmt: skip
def on_disallowed(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find Content-Usage, as a line or as a header, on disallowed paths."""
    file = good(evidence)
    if file is None:
        return
    for group in file.parsed.groups:
        for line in group.lines:
            first = line.value.split(" ")[0]
            path = representative(first if first.startswith(("/", "*")) else "/")
            if line.key == "content-usage" and (found := _disallowed(file.parsed, [group], path)):
                yield Hit(f"`{line.value[:80]}` and `Disallow` in line {found}", file.url, line.number)
    speaking = {
        number for number, members in enumerate(evidence.classes)
        if any(s.standard in ("aipref", "cc-signals") and s.channel == "header" for s in members)
    }  # fmt: skip
    everybody = file.parsed.applying("*")
    pages = [path for path, number in evidence.pages.items() if number in speaking]
    # Bounded whatever the number of pages and lines; what is left out is counted.
    most = MOST_COMPARISONS // max(1, sum(len(g.lines) for g in everybody))
    if len(pages) > most:
        evidence.skipped["pages not compared with the paths of robots.txt"] += len(pages) - most
    for path in pages[:most]:
        if found := _disallowed(file.parsed, everybody, path):
            message = f"Content-Usage is sent, and robots.txt disallows it in line {found}"
            yield Hit(message, evidence.absolute(path))


@lint(
    "usage-not-in-group", "warning", "a preference that a named crawler does not see",
    why="a crawler obeys the group that names it and no other (RFC 9309, section 2.2.1): lines below "
    "`User-agent: *` are not for it",
    mend="repeat the line in every group that lets its crawler in",
)  # fmt: skip
def not_in_group(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find groups that let a crawler in without the preferences that the others are told."""
    file = good(evidence)
    if file is None:
        return
    for key in ("content-usage", "content-signal"):
        told = [g for g in file.parsed.applying("*") if any(line.key == key for line in g.lines)]
        for group in file.parsed.groups if told else ():
            if any(line.key == key for line in group.lines) or "*" in group.agents:
                continue
            if all(_speaks(file.parsed, agent, key) for agent in group.agents):
                continue
            if any(file.parsed.allowed(product(agent), "/") for agent in group.agents):
                names = ", ".join(group.agents[:5])
                yield Hit(f"{key} stands below `*`, not in the group of {names}", file.url, group.first)


@lint(
    "signals-behind-disallow", "error", "a signal that no crawler may fetch",
    why="the file that says the rules stands on a path that robots.txt disallows",
    mend="put `Allow:` with the path of the file into the group",
)  # fmt: skip
def behind(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find files with signals on disallowed paths."""
    file = good(evidence)
    if file is None:
        return
    places = sorted({s.where for s in evidence.site if s.channel != "robots.txt" and s.where != file.url})
    for where in places:
        if not where.startswith("/") and evidence.origin and not where.startswith(evidence.origin + "/"):
            continue
        if found := _disallowed(file.parsed, file.parsed.applying("*"), where):
            yield Hit(f"disallowed by line {found} of robots.txt", where)


def _speaks(robots: Robots, agent: str, key: str) -> bool:
    return any(line.key == key for g in robots.applying(product(agent)) for line in g.lines)


def _disallowed(robots: Robots, groups: list[Group], path: str) -> int | None:
    """Return the line that disallows a path."""
    line = robots.deciding(groups, path)
    return line.number if line is not None and line.key == "disallow" else None
