"""Clients of a licence server: who they are, and their secrets, of which only a hash is kept."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from commonweal.errors import InputError
from commonweal.rules.request import Request
from commonweal.rules.terms import load_json
from commonweal.rules.vocabulary import Act, Party

_N, _R, _P = 2**14, 8, 1  # 16 MiB and some 50 ms a try (RFC 7914)
_LENGTH = 32
_HASH = re.compile(r"scrypt(\$[1-9][0-9]{0,7}){3}(\$[A-Za-z0-9+/]+={0,2}){2}")


class Client(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A client as it was registered; what it says of itself in a request counts for nothing.

    Parameters
    ----------
    id : str
        Its `client_id`.
    secret : str
        Hash of its secret, as `hash_secret` writes it.
    name : str
        Domain or registered name, as terms and agreements name it; the id where absent.
    parties : set of Party, optional
        Classes it was found to be in; absent: not known.
    geo, purpose : str, optional
        As in `rules.Request`.
    introspects : bool
        May it ask about tokens of others? For servers that guard content.
    """

    id: str
    secret: str
    name: str = ""
    parties: frozenset[Party] | None = None
    geo: str | None = None
    purpose: str | None = None
    introspects: bool = False

    def __post_init__(self) -> None:
        if not _HASH.fullmatch(self.secret):
            raise ValueError("secret is not a hash as hash_secret writes it")

    @classmethod
    def new(cls, id: str, **known: Any) -> tuple[Client, str]:
        """Return a client and its new secret (256 bits), which is kept nowhere else."""
        secret = secrets.token_urlsafe(32)
        return cls(id, hash_secret(secret), **known), secret

    def request(self, act: Act) -> Request:
        """Return this client's question for an act."""
        return Request(
            act, parties=self.parties, geo=self.geo, purpose=self.purpose, name=self.name or self.id
        )


class Clients:
    """The clients that a licence server knows.

    Raises
    ------
    InputError
        If an id is given twice.
    """

    def __init__(self, clients: Iterable[Client]) -> None:
        self._known: dict[str, Client] = {}
        for client in clients:
            if client.id in self._known:
                raise InputError(f"the client {client.id!r} is listed twice", mend="keep one of them")
            self._known[client.id] = client

    @classmethod
    def load(cls, path: str | Path) -> Clients:
        """Return the clients in a JSON file: a list of objects with the fields of `Client`.

        Raises
        ------
        InputError
            If the file can't be read or does not hold clients.
        """
        try:
            value = load_json(Path(path).read_bytes(), str(path))
            return cls(msgspec.convert(value, list[Client]))
        except OSError as error:
            problem = f"can't be read: {error.strerror}"
            raise InputError(problem, mend="check the path", where=str(path)) from None
        except msgspec.ValidationError as error:
            raise InputError(str(error), mend="write a list of clients", where=str(path)) from None

    def authenticate(self, id: str, secret: str) -> Client | None:
        """Return the client with this id and secret, or None.

        An unknown id costs as much time as a wrong secret.
        """
        client = self._known.get(id)
        right = verify_secret(secret, client.secret if client else _NOBODY)
        return client if right and client else None


def hash_secret(secret: str) -> str:
    """Return a salted scrypt hash (RFC 7914) with its parameters: "scrypt$n$r$p$salt$hash"."""
    salt = secrets.token_bytes(16)
    return "$".join(("scrypt", f"{_N}${_R}${_P}", _text(salt), _text(_scrypt(secret, salt, _N, _R, _P))))


def verify_secret(secret: str, hashed: str) -> bool:
    """Is this the secret of a hash? Compares in constant time."""
    _, n, r, p, salt, wanted = hashed.split("$")
    return hmac.compare_digest(_scrypt(secret, b64decode(salt), int(n), int(r), int(p)), b64decode(wanted))


def _scrypt(secret: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    memory = 128 * r * (n + p + 2)
    return hashlib.scrypt(
        secret.encode("utf-8", "surrogatepass"), salt=salt, n=n, r=r, p=p, maxmem=memory, dklen=_LENGTH
    )


def _text(raw: bytes) -> str:
    return b64encode(raw).decode()


_NOBODY = hash_secret(secrets.token_urlsafe(32))
