"""`commonweal rights letter`: a letter, its deadline as a calendar file, and a line in the log."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commonweal.cli.terminal import out
from commonweal.errors import InputError

if TYPE_CHECKING:
    from commonweal.intake.rights import Kind, Letter, Recipient

KINDS = ("access", "erasure", "portability", "objection", "ccpa-optout", "ccpa-delete")
DAY = click.DateTime(["%Y-%m-%d"])


@click.command(name="letter")
@click.argument("service")
@click.option("--kind", required=True, type=click.Choice(KINDS), help="What it asks for.")
@click.option("--language", type=click.Choice(["en", "de", "fr", "es"]), default="en", show_default=True)
@click.option("--name", required=True, help="Your name.")
@click.option("--id", "identifiers", multiple=True, metavar="TEXT", help='"e-mail: …"; repeat for each.')
@click.option("--address", default="", help="Your address, if it is to stand in the letter.")
@click.option("--grounds", default="", help="For an objection: what it means in your situation.")
@click.option("--date", "sent", type=DAY, help="Date of the letter; today, where absent.")
@click.option("--received", type=DAY, help="When it arrives; its date, where absent.")
@click.option("--company", default="", help="Whom to write to, where the data know nobody, or others.")
@click.option("--company-address", default="", help="Their address.")
@click.option(
    "--companies",
    type=click.Path(path_type=Path),
    help="A datenanfragen/data checkout: SERVICE is then any of its companies.",
)
@click.option("--out", "target", required=True, type=click.Path(path_type=Path), help="letter.md")
@click.option("--log", type=click.Path(path_type=Path), help="commonweal-rights.jsonl beside it, if absent.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(
    service: str,
    kind: str,
    language: str,
    name: str,
    identifiers: tuple[str, ...],
    address: str,
    grounds: str,
    sent: datetime | None,
    received: datetime | None,
    company: str,
    company_address: str,
    companies: Path | None,
    target: Path,
    log: Path | None,
    as_json: bool,
) -> None:
    """Write a letter to a service; a calendar file and a log line stand beside it. You send it yourself."""
    from commonweal.intake import rights
    from commonweal.intake.rights.log import NAME

    asked = rights.Kind(kind)
    to = _recipient(service, asked, companies, company, company_address)
    letter = rights.compose(
        asked,
        to,
        rights.Blanks(name, identifiers, address, grounds),
        language=language,  # type: ignore[arg-type]
        sent=sent.date() if sent else date.today(),
        received=received.date() if received else None,
    )
    reminder = target.with_suffix(".ics")
    if reminder == target:
        raise InputError("is the name of the calendar file", mend="give --out letter.md", where=str(target))
    journal = log or target.parent / NAME
    if journal.exists():
        rights.read_log(journal)  # before anything is written
    _write({target: letter.text.encode(), reminder: rights.to_ics(letter)})
    entry = rights.append(journal, letter, target)
    files = {"letter": str(target), "calendar": str(reminder), "log": str(journal), "n": entry.n}
    if as_json:
        click.echo(json.dumps(files | _facts(letter), indent=2, ensure_ascii=False))
    else:
        _show(letter, files)


def _recipient(service: str, kind: Kind, companies: Path | None, company: str, address: str) -> Recipient:
    from commonweal.intake import rights

    if address and not company:
        raise InputError("an address, but no company", mend="give --company too")
    if companies is not None:
        known = rights.read_company(companies, service).recipient()
        return rights.Recipient(known.slug, known.service, company, address) if company else known
    found = rights.find(service)
    if company:
        return rights.Recipient(found.slug, found.name, company, address)
    return found.recipient(rights.LAWS[kind].region)


def _write(files: dict[Path, bytes]) -> None:
    for path in files:
        if path.exists():
            raise InputError("is there already", mend="choose another name", where=str(path))
    for path, content in files.items():
        try:
            path.write_bytes(content)
        except OSError as error:
            raise InputError(
                f"can't be written: {error.strerror}", mend="check the path", where=str(path)
            ) from None


def _facts(letter: Letter) -> dict[str, object]:
    """Return what a letter is and to whom; nothing of its writer."""
    to, answer = letter.recipient, letter.deadline
    return {
        "service": to.slug,
        "kind": str(letter.kind),
        "language": letter.language,
        "asked": letter.sent.isoformat(),
        "due": answer.due.isoformat(),
        "confirm": answer.confirm.isoformat() if answer.confirm else None,
        "rule": answer.rule,
        "rule_source": answer.source,
        "references": list(letter.references),
        "to": {
            "company": to.company,
            "address": to.address.strip(),
            "email": to.email,
            "webform": to.webform,
            "source": to.source,
            "verified": to.verified,
        },
    }


def _show(letter: Letter, files: dict[str, object]) -> None:
    to = letter.recipient
    out.print(
        f"{files['letter']}, {files['calendar']}; request {files['n']} in {files['log']}",
        markup=False,
        soft_wrap=True,
    )
    ways = [way for way in (to.email, to.webform) if way] or ["by post"]
    out.print(f"Send it to {to.company}: {' or '.join(ways)}", markup=False, soft_wrap=True)
    if not to.verified:
        out.print(
            f"This contact is not verified ({to.source}): check it first.", markup=False, soft_wrap=True
        )
    if letter.deadline.confirm:
        out.print(f"They confirm its arrival by {letter.deadline.confirm}.")
    out.print(f"Answer due {letter.due}: {letter.deadline.rule}.", markup=False, soft_wrap=True)
    out.print("No lawyer has read this letter. Read it before you send it.")
