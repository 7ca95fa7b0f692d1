"""The words that terms are made of: acts, effects, classes of parties, duties, flow, life.

Six axes, each with its own small typed values. What a value means is said once, here; a dialect maps its own
tokens to *sets* of acts and never to one act with a similar name.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

import msgspec


class Act(StrEnum):
    """What is done with a work: the leaves that every dialect's tokens are sets of."""

    CRAWL = "crawl"
    """Fetch it by machine."""
    SEARCH = "search"
    """List it among search results, with a link and a snippet."""
    INDEX = "index"
    """Keep it in an index that machines, rather than people, query."""
    GROUND = "ground"
    """Retrieve it into an answer that a model writes."""
    TRAIN_GEN = "train-gen"
    """Train or tune a generative model."""
    TRAIN_DISC = "train-disc"
    """Train a model that generates nothing: rankers, classifiers, detectors."""
    MINE = "mine"
    """Text and data mining other than training: statistics, extraction of facts."""
    EVAL = "eval"
    """Measure a model with it."""
    SYNTH = "synth"
    """Make synthetic data from it."""
    REDISTRIBUTE = "redistribute"
    """Pass it on, whole or in part."""


USES = frozenset(Act) - {Act.CRAWL}
"""What is done with a work after it was fetched."""
TRAINING = frozenset({Act.TRAIN_GEN, Act.TRAIN_DISC})


class Effect(StrEnum):
    """What terms say of an act. Silence is `unknown`: it is never written, and never the same as `allow`."""

    DENY = "deny"
    CONDITIONAL = "conditional"
    ALLOW = "allow"
    UNKNOWN = "unknown"

    @property
    def grant(self) -> int:
        """How much is granted: 0 nothing (refused, or not said), 1 on duties, 2 freely."""
        return {"conditional": 1, "allow": 2}.get(self.value, 0)


class Party(StrEnum):
    """A class of actors; an actor can be in several."""

    RESEARCH = "research"
    EDUCATION = "education"
    GOVERNMENT = "government"
    PERSONAL = "personal"
    NON_COMMERCIAL = "non-commercial"
    COMMERCIAL = "commercial"


class _Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of every value: immutable, compared by content, misspelt keys refused."""


# Duties ---------------------------------------------------------------------------------------------------


class Attribute(_Value, frozen=True, tag_field="duty", tag="attribute"):
    """Name the source; `form` says how, in words."""

    form: str = ""


class Pay(_Value, frozen=True, tag_field="duty", tag="pay"):
    """Pay for it.

    Parameters
    ----------
    model : str
        What is counted.
    amount : Decimal, optional
        Of `currency` for each of what is counted; absent where it is to be agreed.
    currency : str
        ISO 4217.
    share : Decimal, optional
        Part of revenue, over 0 and up to 1, for a revenue share.
    note : str
        What is given in kind, what revenue is, what a use is.
    url : str
        Where it is paid or agreed.
    """

    model: Literal[
        "fixed", "subscription", "per-training", "per-crawl", "per-use", "revenue-share", "in-kind"
    ]
    amount: Decimal | None = None
    currency: str = ""
    share: Decimal | None = None
    note: str = ""
    url: str = ""

    def __post_init__(self) -> None:
        if self.amount is not None and (not self.amount.is_finite() or self.amount < 0):
            raise ValueError("an amount is a finite number, 0 or more")
        for name in ("amount", "share"):  # 10.00 and 10 are one content and have one hash
            if (number := getattr(self, name)) is not None and number.is_finite():
                plain = Decimal(format(number.normalize(), "f"))
                msgspec.structs.force_setattr(self, name, plain)
        if (self.amount is None) != (self.currency == ""):
            raise ValueError("an amount needs a currency, and a currency an amount")
        if self.currency and not (
            len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()
        ):
            raise ValueError("currency is three capital letters (ISO 4217), such as EUR")
        if self.share is not None and not (self.share.is_finite() and 0 < self.share <= 1):
            raise ValueError("share is over 0 and at most 1: 0.05 for five percent")
        if self.share is not None and self.model != "revenue-share":
            raise ValueError("share belongs to model = 'revenue-share'")


class Report(_Value, frozen=True, tag_field="duty", tag="report"):
    """Tell the declarer what was done with the works; `every` in words ("quarter")."""

    what: Literal["telemetry", "provenance", "audit", "ablation"]
    every: str = ""
    profile: str = ""


class Watermark(_Value, frozen=True, tag_field="duty", tag="watermark"):
    """Mark what a model generates; `method` in words or as a URI."""

    method: str = ""


class Consent(_Value, frozen=True, tag_field="duty", tag="consent"):
    """Obtain the declarer's consent first, on the terms at `url` whose canonical JSON hashes to `sha256`.

    Nothing may be done before it is given, so it is stricter than any other duty.
    """

    url: str = ""
    sha256: str = ""


class Delete(_Value, frozen=True, tag_field="duty", tag="delete"):
    """Delete the copies within so many days after use or after notice."""

    days: int = 0


Duty = Attribute | Pay | Report | Watermark | Consent | Delete

# Flow -----------------------------------------------------------------------------------------------------


class Flow(_Value, frozen=True):
    """What may become of what was made with the work. All limits absent: no limit.

    Parameters
    ----------
    depth : int, optional
        Levels of further models that may be trained on outputs: 0 none, 1 one generation.
    synthetic : int, optional
        Levels of synthetic data that may be generated from outputs.
    weights : bool
        May trained weights be released?
    share_alike : bool
        Must what is made be offered on the same terms?
    """

    depth: int | None = None
    synthetic: int | None = None
    weights: bool = True
    share_alike: bool = False

    def __post_init__(self) -> None:
        if min(self.depth or 0, self.synthetic or 0) < 0:
            raise ValueError("levels of flow are 0 or more; leave them out for no limit")

    @property
    def free(self) -> bool:
        """Is nothing limited?"""
        return self == Flow()

    def meet(self, other: Flow) -> Flow:
        """Return the limits of both."""
        return Flow(
            _least(self.depth, other.depth),
            _least(self.synthetic, other.synthetic),
            self.weights and other.weights,
            self.share_alike or other.share_alike,
        )


def _least(a: int | None, b: int | None) -> int | None:
    return min((x for x in (a, b) if x is not None), default=None)


# Life -----------------------------------------------------------------------------------------------------


class Life(_Value, frozen=True):
    """From when to when a rule is in force, and what happens at the end.

    Parameters
    ----------
    effective, expiry : datetime, optional
        With a time zone. In force from `effective` on and before `expiry`.
    notice_days, cure_days : int, optional
        Notice before termination; time to mend a breach.
    after : str
        What happens to what was made: trained models may stay in use, be retrained without the works when
        next trained, or be withdrawn.
    """

    effective: datetime | None = None
    expiry: datetime | None = None
    notice_days: int | None = None
    cure_days: int | None = None
    after: Literal["", "models-stay", "retrain-without", "withdraw-models"] = ""

    def __post_init__(self) -> None:
        for name in ("effective", "expiry"):
            moment = getattr(self, name)
            if moment is not None:
                if moment.tzinfo is None:
                    raise ValueError(f"{name} needs a time zone: write 2027-01-01T00:00:00Z")
                msgspec.structs.force_setattr(self, name, moment.astimezone(UTC))
        if self.effective and self.expiry and self.expiry <= self.effective:
            raise ValueError("expiry is not after effective")
        if min(self.notice_days or 0, self.cure_days or 0) < 0:
            raise ValueError("days are 0 or more")

    def holds(self, at: datetime) -> bool:
        """Is the rule in force at that time?"""
        return (self.effective is None or self.effective <= at) and (self.expiry is None or at < self.expiry)


# Who and what ---------------------------------------------------------------------------------------------

_MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU = frozenset(_MEMBERS.split())
"""Member states of the European Union (ISO 3166-1 alpha-2), since 2020-02-01."""


class Who(_Value, frozen=True):
    """Whom a rule speaks of: all that is named must fit; an axis left empty fits anyone.

    Parameters
    ----------
    parties : set of Party
        The actor is in at least one of these classes.
    geo : set of str
        ISO 3166-1 alpha-2, or EU.
    purposes : set of str
        Slugs, such as "research" or "spam-filter".
    names : set of str
        Named parties, by domain or registered name; case does not count.
    """

    parties: frozenset[Party] = frozenset()
    geo: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for code in self.geo:
            if not (len(code) == 2 and code.isascii() and code.isalpha() and code.isupper()):
                raise ValueError(f"geo {code!r} is not two capital letters (ISO 3166-1 alpha-2, or EU)")
        if self.names:
            bare = frozenset(name.casefold().strip() for name in self.names)
            msgspec.structs.force_setattr(self, "names", bare)

    @property
    def anyone(self) -> bool:
        """Does it fit everybody?"""
        return self == Who()


class Scope(_Value, frozen=True):
    """Which works: those that fit any of what is named; nothing named is everything of the declarer.

    Parameters
    ----------
    urls : set of str
        Path patterns as in robots.txt (RFC 9309: a prefix, `*` for anything, `$` for the end), or the same
        behind `https://host`.
    but : set of str
        Patterns left out of `urls` (or of everything).
    ids : set of str
        Content identifiers: ISCC, DOI, a hash.
    datasets : set of str
        Names of datasets.
    """

    urls: frozenset[str] = frozenset()
    but: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    datasets: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for pattern in self.urls | self.but:
            if not pattern.startswith(("/", "*", "http://", "https://")):
                raise ValueError(f"the URL pattern {pattern!r} starts with neither / nor https://")

    @property
    def everything(self) -> bool:
        """Is nothing left out?"""
        return self == Scope()
