"""What a token stands for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from commonweal.rules.patterns import parse, split
from commonweal.rules.site.olp.paths import readings
from commonweal.rules.vocabulary import Act


def now_utc() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class Grant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A licence as it was granted.

    Parameters
    ----------
    client : str
        Id of the client.
    resource : str
        URL pattern with its host: what the licence covers.
    acts : set of Act
        What may be done with it.
    issued : datetime
    expires : datetime or None
        None: it does not end.
    once : bool
        Does it open one door only?
    """

    client: str
    resource: str
    acts: frozenset[Act]
    issued: datetime
    expires: datetime | None = None
    once: bool = False

    @property
    def audience(self) -> str:
        """The site it is for: "https://example.org"."""
        return split(self.resource)[0]

    def alive(self, at: datetime) -> bool:
        """Does it hold at that time?"""
        return self.issued <= at and (self.expires is None or at < self.expires)

    def covers(self, url: str, act: Act | None = None) -> bool:
        """Is a URL in scope, however a server may read it, and the act, where one is asked?"""
        pattern, (origin, path) = parse(self.resource), split(url)
        covered = all(pattern.matches(origin, p) for p in readings(path))
        return covered and (act is None or act in self.acts)

    def described(self) -> dict[str, Any]:
        """Return the grant as introspection tells it (RFC 7662 section 2.2)."""
        out = {
            "active": True,
            "client_id": self.client,
            "scope": " ".join(sorted(self.acts)),
            "token_type": "License",
            "aud": self.audience,
            "resource": self.resource,
            "iat": int(self.issued.timestamp()),
        }
        if self.expires is not None:
            out["exp"] = int(self.expires.timestamp())
        return out
