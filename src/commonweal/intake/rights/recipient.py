"""Whom a letter is written to."""

from __future__ import annotations

import msgspec


class Recipient(msgspec.Struct, frozen=True):
    """The addressee of a letter, from the data of a service, of a company, or as given.

    Parameters
    ----------
    slug : str
        Short name that the log keeps.
    service : str
        The product or service the letter speaks of.
    company : str
        Who answers for it.
    address : str
        Postal address, a line each; empty where none is known.
    email, webform : str
        Other ways to reach them.
    source : str
        URL or file that says so; empty where the writer gave it.
    verified : bool
        Whether it was read in the company's own words.
    """

    slug: str
    service: str
    company: str
    address: str = ""
    email: str = ""
    webform: str = ""
    source: str = ""
    verified: bool = True
