"""Headers of Crawler Authorization (RSL 1.0 section 6), read and written."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,512}={0,2}")  # token68, RFC 9110 section 11.2
_SCHEME = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?: +(.*))?", re.DOTALL)


class MalformedError(ValueError):
    """An `Authorization: License` that holds no token."""


def token_in(values: list[str]) -> str | None:
    """Return the token in the Authorization headers of a request; None where there is none of this scheme.

    Raises
    ------
    MalformedError
        If there is one, and what follows is no token, or if there are several headers.
    """
    ours = [m for v in values if (m := _SCHEME.fullmatch(v.strip(" \t"))) and m[1].lower() == "license"]
    if not ours:
        return None
    token = (ours[0][2] or "").rstrip(" \t")
    if len(values) > 1 or not _TOKEN.fullmatch(token):
        raise MalformedError("no token after License")
    return token


def challenge(error: str, description: str) -> str:
    """Return the value of WWW-Authenticate (RSL 1.0 section 6.3.2, as RFC 6750 section 3 for Bearer).

    Parameters
    ----------
    error : str
        invalid_request, invalid_token, insufficient_scope or server_error.
    description : str
        A sentence of ours: never what a client sent.
    """
    return f'License error="{error}", error_description="{description}"'


def licence_link(url: str) -> str:
    """Return the value of a Link to the licence (RSL 1.0 section 4.5)."""
    return f'<{url}>; rel="license"; type="application/rsl+xml"'
