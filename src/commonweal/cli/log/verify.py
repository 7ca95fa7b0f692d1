"""`commonweal log verify`: a proof, or a whole log."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commonweal.cli.log.options import about, content, verifiers
from commonweal.errors import InputError

if TYPE_CHECKING:
    from commonweal.log.note import Note, Verifier


@click.command(name="verify")
@click.argument("what", metavar="PROOF|LOG", type=click.Path(path_type=Path))
@click.option(
    "--key", "keys", multiple=True, metavar="KEY", help="Who has to have signed: the log, and each witness."
)
@click.option(
    "--earlier", type=click.Path(path_type=Path), help="A checkpoint of before, that it has to continue."
)
@click.option(
    "--value", type=click.Path(path_type=Path), help="JSON file: what the entry is a commitment to."
)
@click.option("--salt", metavar="HEX", help="The salt of that commitment.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(
    what: Path,
    keys: tuple[str, ...],
    earlier: Path | None,
    value: Path | None,
    salt: str | None,
    as_json: bool,
) -> None:
    """Check a proof with the log's KEY, or a log's every file; exit 1 where anything is wrong.

    A KEY is the line that `commonweal log new` or a witness prints, or a file with it. LOG is a log's
    folder, or a copy of what it publishes. A log's own folder needs no key; that finds damage, but no forger.
    """
    known = verifiers(keys)
    before = content(earlier) if earlier else None
    opened = _opened(value, salt)
    if what.is_dir():
        told, wrong = _log(what, known, before)
    else:
        told, wrong = _proof(what, known, before, opened)
    if as_json:
        click.echo(json.dumps(told | {"ok": not wrong, "problems": wrong}))
    else:
        for line in wrong or [_fine(told)]:
            click.echo(line)
    if wrong:
        sys.exit(1)


def _fine(told: dict[str, Any]) -> str:
    if "entry" in told:
        return f"right: entry {told['entry']} is in {told['origin']} of {told['size']:,} entries"
    since = f", and continues itself as of {told['since']:,}" if "since" in told else ""
    return f"right: {told['origin']} has {told['size']:,} entries{since}"


def _log(folder: Path, known: list[Verifier], before: bytes | None) -> tuple[dict[str, Any], list[str]]:
    from commonweal.log.checkpoint import Checkpoint
    from commonweal.log.note import Note
    from commonweal.log.public import Public
    from commonweal.log.store import Log

    log: Public = Public(folder)
    if (folder / "log.json").exists():
        log = Log(folder)
        known = known or [log.verifier]
    if not known:
        raise InputError("nobody's key to check with", mend="give the log's --key")
    note = log.note()
    told, wrong = about(note), note.lacks(known) + log.audit()
    if before is not None:
        earlier = Note.parse(before)
        told["since"] = Checkpoint.of(earlier).size
        if told["since"] > told["size"]:
            wrong.append(f"the log has shrunk from {told['since']} entries to {told['size']}")
        elif not wrong:
            wrong += log.consistency(told["since"]).problems(earlier, known)
    return told, wrong


def _proof(
    path: Path, known: list[Verifier], before: bytes | None, opened: tuple[Any, bytes] | None
) -> tuple[dict[str, Any], list[str]]:
    from commonweal.log.note import Note
    from commonweal.log.proof import Consistency, Inclusion

    if not known:
        raise InputError("nobody's key to check with", mend="give the log's --key")
    raw = content(path)
    if raw.startswith(b"old "):
        later = Consistency.parse(raw, str(path))
        if before is None:
            raise InputError(
                "a proof that the log only grew needs what it was", mend="give --earlier CHECKPOINT"
            )
        wrong = later.problems(Note.parse(before), known)
        return {"since": later.old, **about(later.note)}, wrong + _unsigned(later.note, known, wrong)
    proof = Inclusion.parse(raw, str(path))
    wrong = proof.problems(proof.extra, known)
    wrong += _unsigned(proof.note, known, wrong)
    if opened is not None:
        wrong += _unopened(proof.extra, *opened)
    told = {"entry": proof.index, **about(proof.note)}
    return told | {"says": _said(proof.extra)}, wrong


def _unsigned(note: Note, known: list[Verifier], wrong: list[str]) -> list[str]:
    return [problem for problem in note.lacks(known) if problem not in wrong]


def _said(entry: bytes) -> Any:
    from commonweal.log import events

    try:
        return events.as_json(events.read(entry))
    except InputError:
        return None


def _unopened(entry: bytes, value: Any, salt: bytes) -> list[str]:
    from commonweal.log import events
    from commonweal.log.commitment import opens

    works = events.read(entry).works
    if any(opens(bytes.fromhex(work), value, salt) for work in works):
        return []
    return ["the entry is no commitment to this value under this salt"]


def _opened(value: Path | None, salt: str | None) -> tuple[Any, bytes] | None:
    if value is None and salt is None:
        return None
    if value is None or salt is None:
        raise InputError("a value without salt, or a salt without value", mend="give --value and --salt")
    try:
        return json.loads(content(value)), bytes.fromhex(salt)
    except (ValueError, RecursionError):
        raise InputError(
            "no JSON, or no salt", mend="give a JSON file and hex digits", where=str(value)
        ) from None
