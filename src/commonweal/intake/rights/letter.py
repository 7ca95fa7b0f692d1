"""Letters: a whole text per kind and language, its blanks filled in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from commonweal.errors import InputError, MissingExtraError
from commonweal.intake.rights.deadlines import Deadline, deadline
from commonweal.intake.rights.kinds import LAWS, Kind, Language
from commonweal.intake.rights.recipient import Recipient

if TYPE_CHECKING:
    from jinja2 import Environment

MONTHS: Mapping[Language, str] = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}
DAY: Mapping[Language, str] = {"en": "{} {} {}", "de": "{}. {} {}", "fr": "{} {} {}", "es": "{} de {} de {}"}


class Blanks(msgspec.Struct, frozen=True):
    """What the writer fills in. It goes into the letter and nowhere else.

    Parameters
    ----------
    name : str
    identifiers : tuple of str
        What the company knows the writer by: "e-mail: …", "user name: …"; at least one.
    address : str
        The writer's own, a line each; may be empty.
    grounds : str
        For an objection: the grounds relating to the writer's particular situation (Art. 21(1) GDPR).
    """

    name: str
    identifiers: tuple[str, ...]
    address: str = ""
    grounds: str = ""


class Letter(msgspec.Struct, frozen=True):
    """A letter, ready to be sent.

    Parameters
    ----------
    kind : Kind
    language : str
    recipient : Recipient
    text : str
        Markdown that reads as plain text too.
    sent : date
        The date it bears.
    deadline : Deadline
        When the answer is due, and how that was counted.
    """

    kind: Kind
    language: Language
    recipient: Recipient
    text: str
    sent: date
    deadline: Deadline

    @property
    def due(self) -> date:
        """Last day for the answer."""
        return self.deadline.due

    @property
    def references(self) -> tuple[str, ...]:
        """The provisions that the letter relies on."""
        return LAWS[self.kind].references


def compose(
    kind: Kind,
    recipient: Recipient,
    blanks: Blanks,
    *,
    language: Language = "en",
    sent: date,
    received: date | None = None,
) -> Letter:
    """Return a letter.

    Parameters
    ----------
    kind : Kind
    recipient : Recipient
    blanks : Blanks
    language : str
        en, de, fr or es.
    sent : date
        The date of the letter.
    received : date, optional
        When it arrives, from which the deadline is counted; the date of the letter where absent, as for mail
        sent by wire.

    Raises
    ------
    InputError
        If a blank is empty that the letter needs, or filled that it has no place for.
    MissingExtraError
        If jinja2 is absent.
    """
    _check(kind, blanks)
    arrived = received or sent
    if arrived < sent:
        raise InputError("the letter arrives before its date", mend="give a later --received")
    answer = deadline(kind, arrived)
    text = (
        _templates()
        .get_template(f"{kind}.{language}.md")
        .render(
            sender=_lines(blanks.name, blanks.address),
            recipient=_lines(recipient.company, recipient.address or recipient.email),
            name=blanks.name.strip(),
            service=recipient.service,
            identifiers=[i.strip() for i in blanks.identifiers],
            grounds=blanks.grounds.strip(),
            date=day(sent, language),
            arrival=day(arrived, language),
            due=day(answer.due, language),
            confirm=day(answer.confirm, language) if answer.confirm else "",
        )
    )
    return Letter(kind, language, recipient, text, sent, answer)


def day(moment: date, language: Language) -> str:
    """Return a date as it is written in a letter of that language."""
    number = "1er" if language == "fr" and moment.day == 1 else str(moment.day)
    return DAY[language].format(number, MONTHS[language].split()[moment.month - 1], moment.year)


def _check(kind: Kind, blanks: Blanks) -> None:
    if not blanks.name.strip():
        raise InputError("the name is empty", mend="give --name")
    if not blanks.identifiers or not all(i.strip() for i in blanks.identifiers):
        raise InputError(
            "nothing says which account is yours", mend='give --id "e-mail: …" or --id "user name: …"'
        )
    if any("\n" in line for line in (blanks.name, *blanks.identifiers)):
        raise InputError("a name or identifier has more than one line", mend="give one line each")
    needs = kind is Kind.OBJECTION
    if needs and not blanks.grounds.strip():
        raise InputError(
            "an objection needs grounds relating to your particular situation (Art. 21(1) GDPR)",
            mend="say in --grounds, in your own words, what the training means for you",
        )
    if blanks.grounds and not needs:
        raise InputError(
            f"a letter of kind {kind} has no place for grounds", mend="leave out --grounds, or object"
        )


def _lines(*blocks: str) -> str:
    lines = [line.strip() for block in blocks for line in block.splitlines() if line.strip()]
    return "  \n".join(lines)  # two blanks at the end break a line in Markdown


@cache
def _templates() -> Environment:
    try:
        import jinja2
    except ImportError:
        raise MissingExtraError("jinja2", "intake", "commonweal rights letter") from None
    options: dict[str, Any] = {"trim_blocks": True, "lstrip_blocks": True, "keep_trailing_newline": True}
    return jinja2.Environment(
        loader=jinja2.PackageLoader("commonweal.intake.rights", "letters"),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # plain text, read by people
        **options,
    )
