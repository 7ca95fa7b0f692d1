"""The blanks of a contract text: typed, so that what is filled in can be written into the terms as well."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from commonweal.rules.contracts.contract import Signatory, in_utc, plain_line
from commonweal.rules.vocabulary import Flow, Party, Pay, Scope, Who

Every = Literal["month", "quarter", "half-year", "year", "training run", "release"]


class _Blank(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of every blank: immutable; texts are one line without hidden characters."""

    def __post_init__(self) -> None:
        for field in self.__struct_fields__:
            value = getattr(self, field)
            if isinstance(value, str):
                msgspec.structs.force_setattr(self, field, plain_line(value, field))
            elif isinstance(value, Decimal):
                if not value.is_finite() or value < 0 or abs(value.adjusted()) > 15:
                    raise ValueError(f"{field} is a number from 0 to 1,000,000,000,000,000")
                plain = Decimal(format(value.normalize(), "f"))
                msgspec.structs.force_setattr(self, field, plain)
            elif isinstance(value, int) and not isinstance(value, bool) and not 0 <= value <= 100_000:
                raise ValueError(f"{field} is a number from 0 to 100,000")


class Works(_Blank, frozen=True):
    """Which works: in words, and for machines."""

    description: str
    scope: Scope = Scope()

    def __post_init__(self) -> None:
        super().__post_init__()
        for value in self.scope.urls | self.scope.but | self.scope.ids | self.scope.datasets:
            plain_line(value, "scope")


# Compensation ---------------------------------------------------------------------------------------------


class Fixed(_Blank, frozen=True, tag_field="kind", tag="fixed"):
    """A sum, once; `due` in words."""

    amount: Decimal
    currency: str
    due: str = ""

    def pay(self) -> Pay:
        """Return it as a duty."""
        return Pay("fixed", self.amount, self.currency, note=self.due and f"due {self.due}")


class PerQuery(_Blank, frozen=True, tag_field="kind", tag="per-query"):
    """A sum for each query, or each `counted`."""

    amount: Decimal
    currency: str
    counted: str = "query that a work was retrieved for"

    def pay(self) -> Pay:
        """Return it as a duty."""
        return Pay("per-use", self.amount, self.currency, note=f"a use is a {self.counted}")


class PerTraining(_Blank, frozen=True, tag_field="kind", tag="per-training"):
    """A sum for each model that is trained or tuned."""

    amount: Decimal
    currency: str

    def pay(self) -> Pay:
        """Return it as a duty."""
        return Pay("per-training", self.amount, self.currency)


class RevenueShare(_Blank, frozen=True, tag_field="kind", tag="revenue-share"):
    """A part of revenue (over 0, at most 1); `of` says which revenue, `every` when it is paid."""

    share: Decimal
    of: str
    every: Every = "quarter"

    def pay(self) -> Pay:
        """Return it as a duty."""
        return Pay("revenue-share", share=self.share, note=f"{self.of}, paid every {self.every}")


class Subscription(_Blank, frozen=True, tag_field="kind", tag="subscription"):
    """A sum for each period."""

    amount: Decimal
    currency: str
    every: Every = "year"

    def pay(self) -> Pay:
        """Return it as a duty."""
        return Pay("subscription", self.amount, self.currency, note=f"a period is a {self.every}")


class InKind(_Blank, frozen=True, tag_field="kind", tag="in-kind"):
    """Something other than money: `what`, in words."""

    what: str

    def pay(self) -> Pay:
        """Return it as a duty."""
        return Pay("in-kind", note=self.what)


Compensation = Fixed | PerQuery | PerTraining | RevenueShare | Subscription | InKind


class Settlement(_Blank, frozen=True):
    """A sum that settles use from `since` to `until`, both days included."""

    amount: Decimal
    currency: str
    since: date
    until: date

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.until < self.since:
            raise ValueError("until is before since")

    def pay(self) -> Pay:
        """Return it as a duty."""
        note = f"settles use from {self.since} to {self.until}"
        return Pay("fixed", self.amount, self.currency, note=note)


# What else is owed ----------------------------------------------------------------------------------------


class Attribution(_Blank, frozen=True):
    """How the source is named, in words."""

    form: str


class Reporting(_Blank, frozen=True):
    """Reports of use: how often, and within how many days after."""

    every: Every
    within_days: int


class Ablation(_Blank, frozen=True):
    """A measured answer to what is lost without the works; `method` in words."""

    every: Every
    method: str


class Checkpoints(_Blank, frozen=True):
    """Intermediate models that are kept: which (in words), and for how many days after release."""

    which: str
    keep_days: int


class Audit(_Blank, frozen=True):
    """How often an audit may be asked for, with how many days of notice, done by whom (in words)."""

    every: Every
    notice_days: int
    by: str


class Mark(_Blank, frozen=True):
    """How outputs are watermarked, in words or as a URI."""

    method: str


class Ending(_Blank, frozen=True):
    """Notice, cure and deletion in days; what happens to trained models."""

    notice_days: int
    cure_days: int
    delete_days: int
    after: Literal["models-stay", "retrain-without", "withdraw-models"]


class Law(_Blank, frozen=True):
    """The law that governs, and the courts or the seat of arbitration."""

    governing: str
    courts: str


class Step(_Blank, frozen=True):
    """A step of resolving disputes, in words, and the days it may take."""

    what: str
    days: int


class Excluded(_Blank, frozen=True):
    """Who is left out: whoever is in any of these classes or places, has any of these names or purposes."""

    parties: frozenset[Party] = frozenset()
    geo: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        super().__post_init__()
        for value in self.purposes | self.names:
            plain_line(value, "excluded")
        if not tuple(self.who()):
            raise ValueError("nobody is excluded: name a class, a place, a purpose or a name")

    def who(self) -> Iterator[Who]:
        """Yield one `Who` for each axis: within one, all that is named would have to fit."""
        for axis in ("parties", "geo", "purposes", "names"):
            if value := getattr(self, axis):
                yield Who(**{axis: value})


class Blanks(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """All blanks that any template has; absent where it is not filled.

    Parameters
    ----------
    licensor, licensee : Signatory
        With their public keys.
    works : Works
    effective, ends : datetime
        With a time zone.
    compensation : tuple of Fixed, PerQuery, PerTraining, RevenueShare, Subscription or InKind
    settlement : Settlement
    attribution : Attribution
    flow : Flow
        Levels of models and of synthetic data made from outputs, release of weights, share-alike.
    reporting, ablation, checkpoints, audit, watermark, ending, law :
        As their types say.
    dispute : tuple of Step
        In order.
    excluded : Excluded
    """

    licensor: Signatory | None = None
    licensee: Signatory | None = None
    works: Works | None = None
    effective: datetime | None = None
    ends: datetime | None = None
    compensation: tuple[Compensation, ...] | None = None
    settlement: Settlement | None = None
    attribution: Attribution | None = None
    flow: Flow | None = None
    reporting: Reporting | None = None
    ablation: Ablation | None = None
    checkpoints: Checkpoints | None = None
    audit: Audit | None = None
    watermark: Mark | None = None
    ending: Ending | None = None
    law: Law | None = None
    dispute: tuple[Step, ...] | None = None
    excluded: Excluded | None = None

    def __post_init__(self) -> None:
        in_utc(self, "effective", "ends")
        for role in ("licensor", "licensee"):
            party = getattr(self, role)
            if party is not None and party.role != role:
                raise ValueError(f"the {role} has the role {role!r}")
        for name in ("compensation", "dispute"):
            if getattr(self, name) == ():
                raise ValueError(f"{name} is empty: leave it out, or name something")
        for item in self.compensation or ():
            item.pay()  # sums and shares that terms can't hold are refused here
        if self.settlement is not None:
            self.settlement.pay()

    def filled(self) -> frozenset[str]:
        """Return the names of the blanks that are filled."""
        return frozenset(f for f in self.__struct_fields__ if getattr(self, f) is not None)

    def to_json(self) -> dict[str, Any]:
        """Return what is filled in as plain JSON values; sums and shares are texts."""
        out: dict[str, Any] = msgspec.to_builtins(self, str_keys=True, order="deterministic")
        return out
