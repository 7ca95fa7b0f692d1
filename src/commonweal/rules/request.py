"""What a builder asks: may I do this with that?"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from commonweal.rules.vocabulary import Act, Party


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One question. What is left out is not known, and what is not known restricts and never grants.

    Parameters
    ----------
    act : Act
    parties : set of Party, optional
        Every class the asker is in; absent: not known.
    geo : str, optional
        Where it is done: ISO 3166-1 alpha-2, or EU.
    purpose : str, optional
        A slug.
    name : str, optional
        Who asks, by domain or registered name.
    url, id, dataset : str, optional
        Of what: a URL or path, a content identifier, a dataset; give every name you have, for a rule that
        names works in a way that is not given does not speak of this one. None: all that the terms cover.
    at : datetime, optional
        When, with a time zone; now where absent.
    """

    act: Act
    parties: frozenset[Party] | None = None
    geo: str | None = None
    purpose: str | None = None
    name: str | None = None
    url: str | None = None
    id: str | None = None
    dataset: str | None = None
    at: datetime | None = None

    def __post_init__(self) -> None:
        if self.at is not None and self.at.tzinfo is None:
            raise ValueError("the time of a request needs a time zone")
        if self.geo is not None and not (len(self.geo) == 2 and self.geo.isalpha() and self.geo.isupper()):
            raise ValueError(f"geo {self.geo!r} is not two capital letters (ISO 3166-1 alpha-2, or EU)")

    @property
    def moment(self) -> datetime:
        """When."""
        return self.at or datetime.now(UTC)
