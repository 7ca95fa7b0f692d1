"""Encrypted content and its keys (RSL 1.0 section 7: a symmetric key for each asset, any cipher).

The cipher is AES-256-GCM (NIST SP 800-38D) with the asset's URL as additional data, so that one asset's bytes
are never taken for another's. A file is a mark, a random nonce of 12 bytes, and ciphertext with its tag.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from commonweal.errors import InputError
from commonweal.rules.patterns import split

MARK = b"commonweal-aes256gcm/1\n"
_NONCE = 12


class ContentKeys:
    """A key for each asset, derived from one master secret (HKDF, RFC 5869): there is no list to keep.

    Parameters
    ----------
    master : bytes
        32 random bytes, such as `secrets.token_bytes(32)`; who has them has all keys.

    Raises
    ------
    InputError
        If the master secret has another length.
    """

    def __init__(self, master: bytes) -> None:
        if len(master) != 32:
            raise InputError("a master secret has 32 bytes", mend="make one with secrets.token_bytes(32)")
        self._master = master

    def of(self, url: str) -> bytes:
        """Return the key of an asset, 32 bytes."""
        info = b"commonweal content key " + _name(url)
        return HKDF(SHA256(), 32, salt=None, info=info).derive(self._master)

    def jwk(self, url: str) -> dict[str, Any]:
        """Return the key of an asset as a JSON Web Key (RFC 7517, RFC 7518 section 6.4)."""
        k = urlsafe_b64encode(self.of(url)).rstrip(b"=").decode()
        return {"kty": "oct", "alg": "A256GCM", "use": "enc", "kid": _name(url).decode(), "k": k}


def encrypt(content: bytes, key: bytes, url: str) -> bytes:
    """Return the encrypted form of an asset; another one each time."""
    nonce = secrets.token_bytes(_NONCE)
    return MARK + nonce + AESGCM(key).encrypt(nonce, content, _name(url))


def decrypt(encrypted: bytes, key: bytes, url: str) -> bytes:
    """Return an asset.

    Raises
    ------
    InputError
        If these are not the bytes of that asset, encrypted with that key.
    """
    body = encrypted.removeprefix(MARK)
    if len(body) == len(encrypted) or len(body) < _NONCE + 16:
        raise InputError("no encrypted asset", mend="give the bytes as they were encrypted")
    try:
        return AESGCM(key).decrypt(body[:_NONCE], body[_NONCE:], _name(url))
    except InvalidTag:
        raise InputError(
            "the key, the URL or the bytes are not this asset's", mend="ask for the key of its URL"
        ) from None


def _name(url: str) -> bytes:
    origin, path = split(url)
    return (origin + path).encode()
