"""Prices and whether they are paid; how crawlers are told and answer (Cloudflare's pay per crawl headers).

Money moves elsewhere: `Payments` is what a licence server and a guard ask of whoever moves it.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from commonweal.rules.vocabulary import Pay

_PRICE = re.compile(r"([A-Z]{3}) ([0-9]{1,12}(?:\.[0-9]{1,12})?)")


@dataclass(frozen=True)
class Price:
    """An amount of a currency (ISO 4217). Compared as numbers: 0.10 is 0.1.

    Raises
    ------
    ValueError
        If the amount is no finite Decimal of 0 or more, or the currency not three capital letters.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite() or self.amount < 0:
            raise ValueError("an amount is a finite Decimal, 0 or more")
        if not re.fullmatch("[A-Z]{3}", self.currency):
            raise ValueError("a currency is three capital letters (ISO 4217)")

    @classmethod
    def parse(cls, text: str) -> Price:
        """Return the price in a header, such as "USD 0.01".

        Raises
        ------
        ValueError
            If it is no price.
        """
        found = _PRICE.fullmatch(text)
        if found is None:
            raise ValueError("a price is a currency and an amount, such as USD 0.01")
        return cls(Decimal(found[2]), found[1])

    def __str__(self) -> str:
        return f"{self.currency} {self.amount:f}"


class Payments(Protocol):
    """Whoever moves the money. Every method may be called from any thread."""

    def paid(self, client: str, resource: str, duties: AbstractSet[Pay]) -> bool:
        """Has a client paid all of this for what a URL pattern covers?"""

    def price(self, url: str) -> Price | None:
        """Return what fetching a URL once costs; None where it is not sold by the fetch."""

    def charge(self, client: str, url: str, price: Price) -> bool:
        """Charge a client for one fetch; False where it can't be charged."""


@dataclass(frozen=True)
class PriceError:
    """Why a crawler's price was not accepted: status, and the code of the `crawler-error` header."""

    status: int
    code: str


MISSING = PriceError(402, "MissingCrawlerPrice")
UNKNOWN_CRAWLER = PriceError(400, "StrongAuthRequired")
FAILED = PriceError(403, "PaymentFailed")


def offered(exact: str | None, most: str | None, price: Price) -> PriceError | None:
    """Return what is wrong with what a crawler offers for a price; None where it is accepted.

    Parameters
    ----------
    exact, most : str or None
        Values of `crawler-exact-price` and `crawler-max-price`.
    price : Price
        What it costs.
    """
    if exact is not None and most is not None:
        return PriceError(400, "ConflictingPriceHeaders")
    text = exact if exact is not None else most
    if text is None:
        return MISSING
    try:
        offer = Price.parse(text)
    except ValueError:
        return PriceError(400, "InvalidCrawlerPriceValue")
    if exact is not None:
        return None if offer == price else PriceError(402, "InvalidCrawlerExactPrice")
    enough = offer.currency == price.currency and offer.amount >= price.amount
    return None if enough else PriceError(402, "InvalidCrawlerMaxPrice")
