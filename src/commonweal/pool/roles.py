"""Which column plays which part, and whose consent a work needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import EllipsisType
from typing import Any, Literal

from commonweal.errors import InputError

Consent = Literal["all", "any"]
Kind = Literal["text", "table", "ratings"]
Columns = str | Sequence[str] | None


@dataclass(frozen=True)
class Roles:
    """Which column plays which part.

    Parameters
    ----------
    owner : str
        One owner, or a list of owners, per work. In a ratings pool the user. "" where nobody's: a base.
    text, features, target, item, rating, date : str or sequence of str, optional
        Columns of a text pool (`text`, and `target` for a text classifier), of a table (`features`,
        `target`), of ratings (`item`, `rating`).
    keep : sequence of str
        Other columns to carry along: test slices, groups for strikes.
    """

    owner: str
    text: str | None = None
    features: tuple[str, ...] = ()
    target: str | None = None
    item: str | None = None
    rating: str | None = None
    date: str | None = None
    keep: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        """Text, table or ratings."""
        return "ratings" if self.item else "text" if self.text else "table"

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column with a role, each once, the owner first."""
        single = (self.owner, self.text, *self.features, self.target, self.item, self.rating, self.date)
        return tuple(dict.fromkeys(name for name in (*single, *self.keep) if name))

    @property
    def free(self) -> tuple[str, ...]:
        """Columns whose type the data decide: target, date and kept ones."""
        fixed = {"", self.owner, self.text, *self.features, self.item, self.rating}
        return tuple(name for name in self.columns if name not in fixed)


def roles_of(
    *,
    owner: str | EllipsisType | None = ...,
    user: str | None = None,
    text: str | None = None,
    features: Columns = None,
    target: str | None = None,
    item: str | None = None,
    rating: str | None = None,
    date: str | None = None,
    keep: Columns = (),
    **unknown: Any,
) -> Roles:
    """Return the roles that were asked for, checked against each other.

    An owner of None, in so many words, makes a pool without owners: a builder's base of text or rows.

    Raises
    ------
    InputError
        For an unknown role, no owner, two owners, or one column in two parts that exclude each other.
    """
    if unknown:
        raise InputError(
            f"no such role: {', '.join(sorted(unknown))}",
            mend="roles are owner (or user), text, features, target, item, rating, date and keep",
        )
    if (owner is ...) == (user is None):
        raise InputError(
            "a pool needs one owner column",
            mend="name it with owner=, or with user= in a ratings pool, not both",
        )
    roles = Roles(
        owner=_owner(owner, user),
        text=text,
        features=_names(features),
        target=target,
        item=item,
        rating=rating,
        date=date,
        keep=_names(keep),
    )
    _check_parts(roles)
    return roles


def check_consent(consent: str) -> None:
    """Raise InputError unless `consent` is "all" or "any"."""
    if consent not in ("all", "any"):
        raise InputError(
            f"unknown consent {consent!r}",
            mend='choose "all" (a co-owned work needs all its owners) or "any" (one is enough)',
        )


def _owner(owner: str | EllipsisType | None, user: str | None) -> str:
    if isinstance(owner, str):
        return owner
    return user or ""


def _names(given: Columns) -> tuple[str, ...]:
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else tuple(given)


def _check_parts(roles: Roles) -> None:
    parts = [roles.owner, roles.text, *roles.features, roles.target, roles.item, roles.rating]
    named = [name for name in parts if name]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise InputError(
            f"column {twice[0]!r} is named for two parts", mend="give each part a column of its own"
        )
    if not roles.columns or (roles.kind == "ratings" and not roles.owner):
        raise InputError("a pool without columns or of ratings without users", mend="name the columns")
    if roles.rating and not roles.item:
        raise InputError("a rating needs an item", mend="name the item's column with item=")
    if roles.item and (roles.text or roles.features or roles.target):
        raise InputError(
            "a ratings pool has an item and a rating, and no text, features or target",
            mend="make one pool of the ratings and another of the rest",
        )
    if roles.text and roles.features:
        raise InputError(
            "a pool has a text or features, not both", mend="choose one; carry the others along with keep="
        )
