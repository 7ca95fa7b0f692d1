"""`commonweal commons decide`: a vote, recorded."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from commonweal.cli.commons.options import PATH, need_msgspec
from commonweal.cli.terminal import out
from commonweal.errors import InputError

METHODS = ("hands", "roll-call", "secret-ballot", "online-ballot", "consent")
MAJORITIES = ("simple", "absolute", "two-thirds", "three-quarters", "unanimous")


@click.command(name="decide")
@click.argument("rules", type=PATH, required=False)
@click.option("--about", default="", help="What was decided, where it is on works and not on RULES.")
@click.option("--id", "name", required=True, help="Cited by rules and disputes, such as 2026-04.")
@click.option("--by", required=True, help="Which body decided.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="When; today.")
@click.option("--for", "yes", type=int, required=True, help="Members for it.")
@click.option("--against", "no", type=int, required=True, help="Members against it.")
@click.option("--abstain", type=int, default=0, show_default=True, help="Members who abstained.")
@click.option("--electorate", type=int, required=True, help="Members who could vote.")
@click.option("--quorum", type=int, required=True, help="Members who had to take part.")
@click.option("--method", type=click.Choice(METHODS), required=True)
@click.option("--majority", type=click.Choice(MAJORITIES), default="simple", show_default=True)
@click.option("--record", required=True, help="Where the vote is recorded: an address, or minutes by name.")
@click.option("--decisions", type=PATH, help="Record to add to; decisions.jsonl beside RULES.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(
    rules: Path | None,
    about: str,
    name: str,
    by: str,
    on: datetime | None,
    yes: int,
    no: int,
    abstain: int,
    electorate: int,
    quorum: int,
    method: str,
    majority: str,
    record: str,
    decisions: Path | None,
    as_json: bool,
) -> None:
    """Record a vote on RULES, or on works (--about). One member has one voice.

    Exits 1 when the vote did not carry; it is recorded all the same.
    """
    need_msgspec()
    from commonweal.commons import decisions as votes
    from commonweal.commons.rules import read

    if decisions is None and rules is None:
        raise InputError("no record is named", mend="give --decisions FILE", where="--decisions")
    file = decisions or (rules or Path()).with_name(votes.NAME)
    try:
        vote = votes.Vote(
            yes=yes,
            no=no,
            abstain=abstain,
            electorate=electorate,
            quorum=quorum,
            method=method,  # type: ignore[arg-type]
            majority=majority,  # type: ignore[arg-type]
            record=record,
        )
    except ValueError as error:
        raise InputError(str(error), mend="check the counts", where="the vote") from None
    decision = votes.append(
        file,
        id=name,
        on=(on or datetime.now(UTC)).date(),
        by=by,
        vote=vote,
        rules=read(rules).sha256 if rules else "",
        about=about,
    )
    said = {"id": decision.id, "sha256": decision.sha256, "rules": decision.rules, "carried": vote.carried}
    if as_json:
        click.echo(json.dumps(said))
    else:
        what = f"rules {decision.rules[:16]}" if decision.rules else decision.about
        out.print(f"{'carried' if vote.carried else 'not carried'}: {what}", markup=False)
        out.print(f"recorded in {file} as {decision.id}, SHA-256 {decision.sha256[:16]}", markup=False)
    if not vote.carried:
        click.get_current_context().exit(1)
