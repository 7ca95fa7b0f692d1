"""Companies of the Datenanfragen.de database: any of them can be written to.

The data (CC0) is read from a checkout of https://github.com/datenanfragen/data; none of it is shipped here.
"""

from __future__ import annotations

import difflib
import re
from pathlib import Path

import msgspec

from commonweal.errors import InputError
from commonweal.intake.rights.recipient import Recipient

SLUG = re.compile(r"[a-z0-9-]+")
"""Their names of records, which are also names of files."""


class Company(msgspec.Struct, frozen=True, rename="kebab"):
    """A record, as far as it is of use here; other fields of theirs are passed over.

    Parameters
    ----------
    slug, name : str
    runs : tuple of str
        Services that the company answers for.
    address : str
        A line each, the country last.
    email, webform, web : str
    request_language : str
        Language that requests should be in, if they say so.
    quality : str
        How well they know: `tested`, `verified`, `imported`.
    sources : tuple of str
    """

    slug: str
    name: str
    runs: tuple[str, ...] = ()
    address: str = ""
    email: str = ""
    webform: str = ""
    web: str = ""
    request_language: str = ""
    quality: str = ""
    sources: tuple[str, ...] = ()

    def recipient(self) -> Recipient:
        """Return whom to write to; nothing of it was verified here."""
        source = f"datenanfragen/data, companies/{self.slug}.json"
        service = self.name
        return Recipient(
            self.slug, service, self.name, self.address, self.email, self.webform, source, verified=False
        )


class Companies(msgspec.Struct, frozen=True):
    """All records of a checkout.

    Parameters
    ----------
    companies : tuple of Company
        By short name.
    problems : tuple of InputError
        One for each record that can't be read.
    """

    companies: tuple[Company, ...]
    problems: tuple[InputError, ...]


def read_companies(path: str | Path) -> Companies:
    """Return all companies of a checkout, and what is wrong with those that can't be read.

    Parameters
    ----------
    path : path
        The checkout, or its folder `companies`.

    Raises
    ------
    InputError
        If there is no such folder, or no record in it.
    """
    found: list[Company] = []
    problems: list[InputError] = []
    for file in sorted(_folder(path).glob("*.json")):
        try:
            found.append(_read(file))
        except InputError as error:
            problems.append(error)
    return Companies(tuple(found), tuple(problems))


def read_company(path: str | Path, name: str) -> Company:
    """Return one company by its short name, its name, or a service it runs; case does not count.

    Raises
    ------
    InputError
        If there is none; names that come near are suggested.
    """
    folder = _folder(path)
    file = folder / f"{name}.json"
    if SLUG.fullmatch(name) and file.is_file():
        return _read(file)
    known = read_companies(path).companies
    wanted = name.casefold().strip()
    for company in known:
        if wanted in {n.casefold() for n in (company.slug, company.name, *company.runs)}:
            return company
    near = difflib.get_close_matches(wanted, [c.slug for c in known], n=3)
    raise InputError(
        f"no company is called {name!r}",
        mend=(f"did you mean {' or '.join(near)}? " if near else "")
        + "`commonweal rights companies PATH --find TEXT` searches them",
        where=str(folder),
    )


def _folder(path: str | Path) -> Path:
    given = Path(path)
    for folder in (given / "companies", given):
        if folder.is_dir() and next(folder.glob("*.json"), None) is not None:
            return folder
    raise InputError(
        "holds no companies",
        mend="give a checkout of github.com/datenanfragen/data, or its folder companies",
        where=str(path),
    )


def _read(file: Path) -> Company:
    where = f"companies/{file.name}"
    mend = "mend the record, or take a newer checkout"
    try:
        company = msgspec.json.decode(file.read_bytes(), type=Company)
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", mend="check the path", where=where) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(str(error).replace("$.", ""), mend=mend, where=where) from None
    if company.slug != file.stem:
        raise InputError(f"its slug is {company.slug!r}, not the name of its file", mend=mend, where=where)
    return company
