"""Ed25519 keys (RFC 8032): made, kept in a file that only its owner reads, signed and checked with.

The private part never leaves this module but into such a file: it is in no representation, error or pickle.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from commonweal.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_BYTES = 32
SIGNATURE_BYTES = 64

# The y of every point whose order divides 8, reduced or not, without the sign bit (RFC 8032, 5.1; the curve's
# cofactor is 8). Under such a key one signature fits many messages, so that its holder could disown it.
_WEAK = frozenset(
    bytes.fromhex(point)
    for point in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
)


@dataclass(frozen=True)
class PublicKey:
    """A public key.

    Parameters
    ----------
    raw : bytes
        32 bytes, as RFC 8032 writes it.

    Raises
    ------
    InputError
        If it is of another length, or one of the few points under which anybody can sign.
    """

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != KEY_BYTES:
            raise InputError(
                f"a public key of {len(self.raw)} bytes", mend=f"an Ed25519 public key has {KEY_BYTES} bytes"
            )
        if self.raw[:-1] + bytes([self.raw[-1] & 0x7F]) in _WEAK:
            raise InputError("a public key of small order", mend="use a key that was made at random")

    @classmethod
    def from_hex(cls, text: str) -> PublicKey:
        """Return the key in 64 lower-case hex digits.

        Raises
        ------
        InputError
            If it is anything else.
        """
        if len(text) != 2 * KEY_BYTES or set(text) - set("0123456789abcdef"):
            raise InputError("not a public key", mend="write it as 64 hex digits in lower case")
        return cls(bytes.fromhex(text))

    @classmethod
    def from_jwk(cls, jwk: dict[str, Any]) -> PublicKey:
        """Return the key in a JSON Web Key (RFC 8037); members beyond kty, crv and x are left alone.

        Raises
        ------
        InputError
            If it is of another type or curve, or its x is not base64url.
        """
        x = jwk.get("x")
        if jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519" or not isinstance(x, str):
            raise InputError("not an Ed25519 JWK", mend='it has "kty": "OKP", "crv": "Ed25519" and "x"')
        try:
            raw = base64.b64decode(x + "=" * (-len(x) % 4), altchars=b"-_", validate=True)
        except ValueError:
            raise InputError("x is not base64url", mend="copy the JWK again, whole") from None
        return cls(raw)

    @property
    def hex(self) -> str:
        """64 hex digits."""
        return self.raw.hex()

    def jwk(self) -> dict[str, str]:
        """Return the key as a JSON Web Key (RFC 8037)."""
        return {"crv": "Ed25519", "kty": "OKP", "x": base64.urlsafe_b64encode(self.raw).rstrip(b"=").decode()}

    def pem(self) -> str:
        """Return the key as PEM (SubjectPublicKeyInfo), as other software reads it."""
        # RFC 8410: for Ed25519 the structure has one prefix, whatever the key.
        der = bytes.fromhex("302a300506032b6570032100") + self.raw
        return f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode()}\n-----END PUBLIC KEY-----\n"

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Return whether the signature (64 bytes) is this key's over the message.

        Raises
        ------
        MissingExtraError
            If cryptography is absent (extra `rules`).
        """
        ed25519 = _ed25519()
        from cryptography.exceptions import InvalidSignature

        try:
            ed25519.Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def __repr__(self) -> str:
        return f"PublicKey({self.hex})"


class PrivateKey:
    """A private key; made by `generate` or `load`."""

    __slots__ = ("_key",)

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def generate(cls) -> PrivateKey:
        """Return a new key from the system's randomness.

        Raises
        ------
        MissingExtraError
            If cryptography is absent (extra `rules`).
        """
        return cls(_ed25519().Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, path: str | Path, password: str | None = None) -> PrivateKey:
        """Return the key in a file.

        Parameters
        ----------
        path : str or Path
            PEM, PKCS #8, as `save` and `openssl genpkey -algorithm ed25519` write it.
        password : str, optional
            Where the file is encrypted.

        Raises
        ------
        InputError
            If the file can't be read, holds no such key, or the password is missing or wrong.
        """
        ed25519, path = _ed25519(), Path(path)
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        where = str(path)
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise InputError(f"can't be read: {error.strerror}", mend="check the path", where=where) from None
        # `from None`: what the library says of a file of secrets is not passed on.
        try:
            key = load_pem_private_key(raw, None if password is None else password.encode())
        except TypeError:
            asked = "give its password" if password is None else "leave the password out"
            state = "is encrypted" if password is None else "is not encrypted"
            raise InputError(f"the key {state}", mend=asked, where=where) from None
        except (ValueError, UnsupportedAlgorithm):
            mend = "use a PEM file with an Ed25519 key (PKCS #8)"
            mend += "" if password is None else ", and check the password"
            raise InputError("no private key could be read", mend=mend, where=where) from None
        if not isinstance(key, ed25519.Ed25519PrivateKey):
            raise InputError("a key of another kind", mend="use an Ed25519 key", where=where)
        return cls(key)

    def save(self, path: str | Path, password: str | None = None) -> Path:
        """Write the key to a new file that only its owner may read (mode 0600); returns the path.

        Parameters
        ----------
        path : str or Path
            PEM, PKCS #8.
        password : str, optional
            Encrypts the file.

        Raises
        ------
        InputError
            If there is such a file (a key that is overwritten is lost), it can't be written, or the password
            is empty.
        """
        from cryptography.hazmat.primitives import serialization as s

        path = Path(path)
        if password == "":
            raise InputError("an empty password", mend="give one, or none to leave the file unencrypted")
        lock = s.NoEncryption() if password is None else s.BestAvailableEncryption(password.encode())
        pem = self._key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, lock)
        try:
            # The mode is set as the file is made: there is no moment in which others can open it.
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise InputError("the file exists", mend="choose another name", where=str(path)) from None
        except OSError as error:
            raise InputError(
                f"can't be written: {error.strerror}", mend="check the folder", where=str(path)
            ) from None
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        return path

    @property
    def public(self) -> PublicKey:
        """The public key."""
        return PublicKey(self._key.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message, 64 bytes; the same message has the same signature."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        return f"PrivateKey(of {self.public.hex})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key is not pickled: save it to a file")


def _ed25519() -> Any:
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as error:
        raise MissingExtraError("cryptography", "rules", "signing") from error
    return ed25519
