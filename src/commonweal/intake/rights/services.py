"""What is known of each service: settings, contacts, how an account is deleted. One TOML file per service.

Each fact has its source and the day on which the source was read; a fact that was not read in the service's
own words says so, with the reason.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Literal

import msgspec

from commonweal.errors import InputError
from commonweal.intake.rights.kinds import Region
from commonweal.intake.rights.recipient import Recipient


class Sourced(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A fact with its source.

    Parameters
    ----------
    source : str
        https address of the page that says it.
    checked_on : date
        When that page, or a stored copy of it, was read.
    source_seen : date, optional
        The date that the copy itself bears, where it is older.
    verified : bool
        Whether the service's own words were read.
    reason : str
        Why it is not verified.
    """

    source: str
    checked_on: date
    source_seen: date | None = None
    verified: bool = True
    reason: str = ""

    def __post_init__(self) -> None:
        if not self.source.startswith("https://"):
            raise ValueError("source must be an https address")
        if self.verified == bool(self.reason):
            raise ValueError("reason must say why a fact is not verified, and only then")
        if self.source_seen and self.source_seen > self.checked_on:
            raise ValueError("source_seen is later than checked_on")


class Setting(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A way to stop training, or the statement that there is none.

    Parameters
    ----------
    product : str
        Which product of the service.
    kind : str
        A toggle in the account, a form, a request by message, or none.
    label, where : str
        What it is called, and the way to it.
    default : str
        How it stands if nobody touches it; empty where that is not known.
    does : str
        What it stops.
    not_stopped : tuple of str
        What goes on nevertheless.
    """

    product: str
    kind: Literal["toggle", "form", "request", "none"] = "toggle"
    label: str = ""
    where: str = ""
    default: str = ""
    does: str
    not_stopped: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.kind == "none") == bool(self.label and self.where):
            raise ValueError("label and where are needed, unless kind is none")


class Contact(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where requests go.

    Parameters
    ----------
    region : str
        For whom: `eu`, `us`, or `all`.
    company : str
        Who answers for the data there.
    address, email, webform : str
        At least one.
    """

    region: Literal["eu", "us", "all"]
    company: str
    address: str = ""
    email: str = ""
    webform: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.address or self.email or self.webform):
            raise ValueError("a contact needs an address, an email or a webform")
        if self.webform and not self.webform.startswith("https://"):
            raise ValueError("webform must be an https address")


class Deletion(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How an account is deleted.

    Parameters
    ----------
    url : str
        Where to start.
    how : str
        The way from there.
    """

    url: str
    how: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.url.startswith("https://"):
            raise ValueError("url must be an https address")


class Service(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A service and what is known of it.

    Parameters
    ----------
    slug, name : str
        Short name, the one of its file, and full name.
    settings : tuple of Setting
    contacts : tuple of Contact
    deletion : Deletion, optional
        Absent where none could be read.
    aliases : tuple of str
        Other names to find it by, in lower case.
    see : tuple of str
        Short names of related services.
    note : str
        What else to know.
    """

    slug: str
    name: str
    settings: tuple[Setting, ...]
    contacts: tuple[Contact, ...] = ()
    deletion: Deletion | None = None
    aliases: tuple[str, ...] = ()
    see: tuple[str, ...] = ()
    note: str = ""

    def contacts_for(self, region: Region) -> tuple[Contact, ...]:
        """Return the contacts for a region, those for everybody last."""
        return tuple(c for where in (region, "all") for c in self.contacts if c.region == where)

    def recipient(self, region: Region) -> Recipient:
        """Return whom to write to.

        Raises
        ------
        InputError
            If no contact for that region is known.
        """
        known = self.contacts_for(region)
        if not known:
            raise InputError(
                f"no contact of {self.name} is known for this request"
                + (f": {self.note}" if self.note else ""),
                mend="give --company and, where there is one, --company-address",
            )
        c = known[0]
        return Recipient(self.slug, self.name, c.company, c.address, c.email, c.webform, c.source, c.verified)


@cache
def services() -> tuple[Service, ...]:
    """Return all services that this package knows, by short name."""
    folder = resources.files("commonweal.intake.rights").joinpath("data")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return tuple(from_toml(f.read_text(encoding="utf-8"), f.name) for f in files)


def from_toml(text: str, where: str) -> Service:
    """Return the service that a TOML text describes.

    Raises
    ------
    InputError
        If it is no TOML, or a field is missing, unknown or wrong; the message names file and field.
    """
    try:
        value: Any = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"no TOML: {error}", mend="mend the line that is named", where=where) from None
    try:
        return msgspec.convert(value, Service)
    except msgspec.ValidationError as error:
        raise InputError(
            str(error).replace("$.", ""), mend="mend the field that is named", where=where
        ) from None


def find(name: str) -> Service:
    """Return a service by its short name, name or alias; case does not count.

    Raises
    ------
    InputError
        If there is none; names that come near are suggested.
    """
    names = {alias: s for s in services() for alias in (s.slug, s.name.casefold(), *s.aliases)}
    found = names.get(name.casefold().strip())
    if found is None:
        raise InputError(f"no service is called {name!r}", mend=suggestion(name, names))
    return found


def suggestion(name: str, names: Iterable[str]) -> str:
    """Return a hint at names that come near one, or at the list of all."""
    near = difflib.get_close_matches(name.casefold(), sorted(names), n=3)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    return f"{hint}`commonweal rights settings` lists the services, --companies PATH takes another's data"
