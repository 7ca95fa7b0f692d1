"""`commonweal rules ask`: one question, one answer, with the rules that gave it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import click

from commonweal.cli.terminal import out
from commonweal.errors import InputError

COLOURS = {"allow": "green", "deny": "red", "conditional": "yellow", "unknown": "magenta"}


@click.command(name="ask")
@click.argument("sources", nargs=-1, metavar="TERMS|FOLDER|URL...")
@click.option("--act", required=True, help="crawl, search, index, ground, train-gen, mine, eval, …")
@click.option("--who", multiple=True, help="Class of the asker: research, commercial, …; repeat for each.")
@click.option("--geo", help="Where it is done: two letters (ISO 3166-1), or EU.")
@click.option("--purpose", help="What for, in one word: research, spam-filter, …")
@click.option("--name", help="Who asks, by domain or registered name.")
@click.option("--url", help="Of what: a path or URL.")
@click.option("--id", "content_id", help="Of what: a content identifier.")
@click.option("--dataset", help="Of what: a dataset.")
@click.option("--at", help="When: 2027-01-01 or 2027-01-01T12:00:00Z. Now, where absent.")
@click.option("--default", "defaults", multiple=True, metavar="GEO=EFFECT", help="What silence counts as.")
@click.option(
    "--agreement",
    "agreements",
    multiple=True,
    metavar="FILE",
    help="A signed contract; repeat for its chain.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(sources: tuple[str, ...], act: str, as_json: bool, **given: Any) -> None:
    """Say whether an act is allowed: by terms in a file, or by the signals of a folder or site."""
    from commonweal.rules import Policy

    if not sources and not given["agreements"]:
        raise InputError("nothing to ask", mend="give a file of terms, a folder, or the address of a site")
    signals = [s for source in sources for s in _signals(source, given["url"])]
    signals += _agreements(given["agreements"])
    request = _request(act, given)  # after reading: its time is not before that of what was read
    decision = Policy.of(signals, _defaults(given["defaults"])).decide(request)
    if as_json:
        click.echo(json.dumps(decision.to_json(), indent=2, ensure_ascii=False))
        return
    effect = str(decision.effect)
    out.print(f"[bold {COLOURS[effect]}]{effect}[/]")
    from commonweal.rules.algebra import duty_words

    for duty in sorted(map(duty_words, decision.duties)):
        out.print(f"  owes {duty}", markup=False)
    for title, reasons in (("because", decision.reasons), ("against", decision.disagree)):
        for reason in reasons:
            line = f", line {reason.line}" if reason.line else ""
            out.print(f"  {title} {reason.source}{line} {reason.rule}", markup=False)
    if effect == "unknown":
        silent = (
            "nothing speaks of it" if not decision.reasons else "a rule might grant it if more were known"
        )
        out.print(f"  {silent}; what is not said is not allowed (here it counts as: {decision.default})")


def _request(act: str, given: dict[str, Any]) -> Any:
    import msgspec

    from commonweal.rules import Request

    value = {"act": act, "geo": given["geo"], "purpose": given["purpose"], "name": given["name"]}
    value |= {"url": given["url"], "id": given["content_id"], "dataset": given["dataset"]}
    value |= {"parties": list(given["who"]) or None, "at": moment(given["at"])}
    try:
        return msgspec.convert(value, Request)
    except msgspec.ValidationError as error:
        raise InputError(str(error).replace("$.", ""), mend="see commonweal rules ask --help") from None


def moment(text: str | None) -> datetime:
    """Return a time given on the command line, now for None."""
    if text is None:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is no time", mend="write 2027-01-01, or 2027-01-01T12:00:00Z") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _defaults(pairs: tuple[str, ...]) -> dict[str, Any]:
    from commonweal.rules import Effect

    out: dict[str, Any] = {}
    for pair in pairs:
        geo, sign, effect = pair.rpartition("=")
        if not sign or effect not in set(Effect):
            raise InputError(f"{pair!r} is no default", mend="write EU=deny, or =deny for everywhere")
        out[geo] = Effect(effect)
    return out


def _signals(source: str, url: str | None) -> list[Any]:
    from pathlib import Path

    from commonweal.rules import Signal, read
    from commonweal.rules.terms import read_lines

    path = Path(source)
    if source.startswith(("http://", "https://")) or path.is_dir() or path.suffix in (".warc", ".gz", ".har"):
        return _of_site(source, url)
    if path.suffix == ".json":
        return [Signal(read(path), where=source)]
    terms, lines = read_lines(path)
    return [Signal(terms, where=source, lines=lines)]


def _of_site(source: str, url: str | None) -> list[Any]:
    """Return what a site says of a URL: for all of it, and on the page itself."""
    from commonweal.rules.check import Limits
    from commonweal.rules.check.collect import collect
    from commonweal.rules.check.evidence import gather
    from commonweal.rules.patterns import split

    found = gather(collect(source, Limits()))
    if url is None:
        return found.signals
    return [*found.site, *found.classes[found.pages.get(split(url)[1], 0)]]


def _agreements(paths: tuple[str, ...]) -> list[Any]:
    from commonweal.rules import contracts

    return list(contracts.to_signals(contracts.read(path) for path in paths)) if paths else []
