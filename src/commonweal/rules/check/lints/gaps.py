"""What the signals fail to protect."""

from __future__ import annotations

from collections.abc import Iterator

from commonweal.rules.check.collect import same_site
from commonweal.rules.check.effective import Effective
from commonweal.rules.check.evidence import Evidence
from commonweal.rules.check.lints.base import Hit, lint
from commonweal.rules.patterns import split
from commonweal.rules.vocabulary import Act, Effect

BY_MODELS = (Act.INDEX, Act.GROUND, Act.TRAIN_GEN, Act.TRAIN_DISC, Act.MINE, Act.EVAL, Act.SYNTH)
"""What machines that learn or answer do. Search is wanted by most, and passing a work on needs a licence
anyway."""
RESTRICTS = (Effect.DENY, Effect.CONDITIONAL)


@lint(
    "acts-unprotected", "warning", "some uses are refused, and of others nothing is said",
    why="what nobody spoke of is unknown, and many take unknown for allowed",
    mend="say what holds for them, in a standard that has a word for them: RSL's ai-all covers what models "
    "do, TDMRep mining and training",
)  # fmt: skip
def acts(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find acts by models that are left open beside acts that are not."""
    for group in effective.groups:
        refused = [a for a in BY_MODELS if group.effects[a] in RESTRICTS]
        open_ = [a for a in BY_MODELS if group.effects[a] is Effect.UNKNOWN]
        if refused and open_:
            said = f"refused, or owing something: {_words(refused)}; unknown: {_words(open_)}"
            yield Hit(said, evidence.absolute(group.paths[0]), None, max(1, group.pages))


@lint(
    "pages-unprotected", "warning", "a use is refused on some pages, and on others nothing is said",
    why="the pages without the signal are taken as open",
    mend="say it for the whole site, in robots.txt, a well-known file or a header of the server",
)  # fmt: skip
def pages(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find acts that are refused or conditional on some of the pages and unknown on others."""
    met = [g for g in effective.groups if g.pages]
    for act in BY_MODELS:
        refused = [g for g in met if g.effects[act] in RESTRICTS]
        open_ = [g for g in met if g.effects[act] is Effect.UNKNOWN]
        if not refused or not open_:
            continue
        on, off = sum(g.pages for g in refused), sum(g.pages for g in open_)
        said = f"{act} is refused or owes something on {on:,} pages, and unknown on {off:,}"
        yield Hit(said, evidence.absolute(open_[0].paths[0]), None, off)


@lint(
    "no-signal", "note", "nothing is said of any use",
    why="what nobody spoke of is unknown: neither allowed nor refused",
    mend="write terms, and export them in the standards that machines read",
)  # fmt: skip
def silence(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find sites whose signals say nothing of any use."""
    if all(e is Effect.UNKNOWN for g in effective.groups for a, e in g.effects.items() if a is not Act.CRAWL):
        yield Hit("no use is allowed, refused or priced", evidence.absolute("/"))


@lint(
    "rules-for-elsewhere", "warning", "rules for another site",
    why="they match no page here: copied from elsewhere, or written for the host with or without www",
    mend="write paths, or the host of this site as it is served",
)  # fmt: skip
def elsewhere(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find rules of this site's own files that name the URLs of another."""
    if not evidence.origin:
        return
    for signal in evidence.site:
        hosts = {split(u)[0] for rule in signal.terms.rules for u in rule.scope.urls} - {"", evidence.origin}
        for host in sorted(hosts):
            near = ", which is this site under another address" * same_site(host, evidence.origin)
            line = next((signal.line(i) for i, rule in enumerate(signal.terms.rules)
                         if any(split(u)[0] == host for u in rule.scope.urls)), None)  # fmt: skip
            yield Hit(f"{signal.standard} speaks of {host}{near}", signal.where, line)


def _words(acts: list[Act]) -> str:
    return ", ".join(acts)
