"""A licence server: RSL's Open License Protocol (RSL 1.0 section 5) as an ASGI application.

It rests on OAuth 2.0 client credentials (RFC 6749 section 4.4), introspection (RFC 7662) and revocation
(RFC 7009), with `License` for the type of its tokens. It is to be served over HTTPS only.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from commonweal.errors import InputError, MissingExtraError
from commonweal.rules.patterns import split
from commonweal.rules.policy import Policy
from commonweal.rules.site.olp.clients import Client, Clients
from commonweal.rules.site.olp.content import ContentKeys
from commonweal.rules.site.olp.grants import Grant, now_utc
from commonweal.rules.site.olp.headers import MalformedError, challenge, token_in
from commonweal.rules.site.olp.issue import Refused, issue
from commonweal.rules.site.olp.licence import AskedWronglyError, wanted
from commonweal.rules.site.olp.payments import Payments
from commonweal.rules.site.olp.store import Store, digest, new_token
from commonweal.rules.terms import to_json
from commonweal.rules.vocabulary import Duty

try:
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import Request
    from starlette.responses import JSONResponse, Response
    from starlette.routing import Route
except ImportError as error:
    raise MissingExtraError("starlette", "rules", "a licence server") from error

MOST_BYTES = 64_000
"""Largest body of a request."""
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749 section 5.1
_BASIC = 'Basic realm="licences", charset="UTF-8"'


def licence_server(
    policy: Policy,
    clients: Clients,
    store: Store,
    *,
    origins: Collection[str],
    payments: Payments | None = None,
    keys: ContentKeys | None = None,
    lifetime: timedelta | None = timedelta(hours=1),
    clock: Callable[[], datetime] = now_utc,
) -> Starlette:
    """Return a licence server with /token, /introspect, /revoke and /key.

    Parameters
    ----------
    policy : Policy
        What is granted to whom; agreements among its signals stand before public terms.
    clients : Clients
    store : Store
        Shared with the guards of the sites.
    origins : collection of str
        The sites it grants licences for, such as "https://example.org".
    payments : Payments, optional
        Absent: what must be paid is never granted.
    keys : ContentKeys, optional
        Absent: /key has none to give.
    lifetime : timedelta or None
        How long a token holds at most; None: until it is revoked, or its terms end.
    clock : callable
        The time, with a time zone.

    Raises
    ------
    InputError
        If there is no site, or one is no origin.
    """
    homes = frozenset(split(origin)[0] for origin in origins)
    if not homes or not all(home.startswith(("http://", "https://")) for home in homes):
        raise InputError("a site is missing or no URL", mend="give origins such as https://example.org")
    server = _Server(policy, clients, store, homes, payments, keys, lifetime, clock)
    routes = [
        Route("/token", server.token, methods=["POST"]),
        Route("/introspect", server.introspect, methods=["POST"]),
        Route("/revoke", server.revoke, methods=["POST"]),
        Route("/key", server.key, methods=["GET", "POST"]),
    ]
    return Starlette(routes=routes, exception_handlers={_Error: _told, Exception: _failed})


class _Error(Exception):
    def __init__(self, status: int, code: str, problem: str, *, scheme: str = "", **more: Any) -> None:
        self.status, self.code, self.problem, self.scheme, self.more = status, code, problem, scheme, more
        super().__init__(code)


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, _Error)
    headers = dict(_NO_STORE)
    if error.scheme:
        headers["WWW-Authenticate"] = error.scheme
    body = {"error": error.code, "error_description": error.problem, **error.more}
    return JSONResponse(body, error.status, headers)


async def _failed(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "server_error"}, 500, _NO_STORE)


class _Server:
    def __init__(
        self,
        policy: Policy,
        clients: Clients,
        store: Store,
        homes: frozenset[str],
        payments: Payments | None,
        keys: ContentKeys | None,
        lifetime: timedelta | None,
        clock: Callable[[], datetime],
    ) -> None:
        self.policy, self.clients, self.store, self.homes = policy, clients, store, homes
        self.payments, self.keys, self.lifetime, self.clock = payments, keys, lifetime, clock

    async def token(self, request: Request) -> Response:
        """Grant a licence (RSL 1.0 section 5.4)."""
        client = await self._client(request)
        form = await _form(request)
        if "grant_type" not in form:
            raise _Error(400, "invalid_request", "grant_type is missing")
        if form["grant_type"] != "client_credentials":
            raise _Error(400, "unsupported_grant_type", "grant_type is not client_credentials")
        return JSONResponse(await run_in_threadpool(self._grant, client, form), headers=_NO_STORE)

    def _grant(self, client: Client, form: dict[str, str]) -> dict[str, Any]:
        try:
            asked = wanted(form, self.homes)
        except AskedWronglyError as error:
            raise _Error(400, error.code, str(error)) from None
        now = self.clock()
        given = issue(self.policy, client, asked, now=now, lifetime=self.lifetime, payments=self.payments)
        if isinstance(given, Refused):
            unpaid = {"duties": _duties(given.unpaid)} if given.unpaid else {}
            raise _Error(given.status, given.code, given.problem, **unpaid)
        token, grant = new_token(), given.grant
        self.store.purge(now)
        self.store.add(digest(token), grant)
        left = 0 if grant.expires is None else int((grant.expires - now).total_seconds())
        out: dict[str, Any] = {
            "access_token": token,
            "token_type": "License",
            "expires_in": left,  # 0 means no end (RSL 1.0 section 5.4.3)
            "scope": " ".join(sorted(grant.acts)),
            "resource": grant.resource,
        }
        if grant.once:
            out["one_time"] = True
        if given.duties:
            out["duties"] = _duties(given.duties)
        if not given.flow.free:
            out["flow"] = to_json(given.flow)
        return out

    async def introspect(self, request: Request) -> Response:
        """Tell whether a token holds, and for what (RFC 7662, RSL 1.0 section 5.5)."""
        client = await self._client(request)
        form = await _form(request)
        if "token" not in form:
            raise _Error(400, "invalid_request", "token is missing")
        return JSONResponse(await run_in_threadpool(self._describe, client, form), headers=_NO_STORE)

    def _describe(self, client: Client, form: dict[str, str]) -> dict[str, Any]:
        key = digest(form["token"])
        grant = self._alive(key)
        resource = form.get("resource")
        if grant is None or not (client.introspects or grant.client == client.id):
            return {"active": False}
        if resource is not None and not grant.covers(self._absolute(resource)):
            return {"active": False}
        # A server that guards content asks once for each use, so its question is the use.
        if grant.once and client.introspects and not self.store.spend(key):
            return {"active": False}
        return grant.described()

    async def revoke(self, request: Request) -> Response:
        """End a token of the client's own; says nothing of others (RFC 7009 section 2.2)."""
        client = await self._client(request)
        form = await _form(request)
        if "token" not in form:
            raise _Error(400, "invalid_request", "token is missing")
        await run_in_threadpool(self._end, client, digest(form["token"]))
        return JSONResponse({}, headers=_NO_STORE)

    def _end(self, client: Client, key: bytes) -> None:
        grant = self.store.find(key)
        if grant is not None and grant.client == client.id:
            self.store.revoke(key)

    async def key(self, request: Request) -> Response:
        """Give the key of an encrypted asset to who has a licence for it (RSL 1.0 sections 5 and 7).

        The licence is the token in `Authorization: License`, or the parameter `token` of a client that
        authenticates itself; the asset is the parameter `resource`.
        """
        form = await _form(request) if request.method == "POST" else dict(request.query_params)
        if request.method == "GET" and "token" in form:
            raise _Error(400, "invalid_request", "a token never stands in a URL")
        try:
            token = token_in(request.headers.getlist("authorization"))
        except MalformedError:
            raise _no_token("invalid_request", "Authorization holds no token") from None
        client = None
        if token is None:
            client = await self._client(request)
            token = form.get("token")
        if token is None or "resource" not in form:
            raise _Error(400, "invalid_request", "token or resource is missing")
        jwk = await run_in_threadpool(self._key, token, form["resource"], client)
        return JSONResponse(jwk, headers=_NO_STORE)

    def _key(self, token: str, resource: str, client: Client | None) -> dict[str, Any]:
        kept = digest(token)
        grant = self._alive(kept)
        if grant is None or (client is not None and client.id != grant.client):
            raise _no_token("invalid_token", "the token is unknown, expired, revoked or used up")
        url = self._absolute(resource)
        if not grant.covers(url):
            raise _Error(
                403, "insufficient_scope", "the licence does not cover that resource",
                scheme=challenge("insufficient_scope", "the licence does not cover that resource"),
            )  # fmt: skip
        if self.keys is None:
            raise _Error(400, "invalid_resource", "there is no key for that resource")
        if grant.once and not self.store.spend(kept):
            raise _no_token("invalid_token", "the token is unknown, expired, revoked or used up")
        return self.keys.jwk(url)

    def _alive(self, key: bytes) -> Grant | None:
        grant = self.store.find(key)
        return grant if grant is not None and grant.alive(self.clock()) else None

    def _absolute(self, resource: str) -> str:
        if resource.startswith("/") and len(self.homes) == 1:
            return next(iter(self.homes)) + resource
        return resource

    async def _client(self, request: Request) -> Client:
        """Return the client that authenticates itself by HTTP Basic (RSL 1.0 section 5.3)."""
        found = None
        if credentials := _basic(request.headers.getlist("authorization")):
            found = await run_in_threadpool(self.clients.authenticate, *credentials)
        if found is None:
            raise _Error(401, "invalid_client", "no client has this id and secret", scheme=_BASIC)
        return found


def _no_token(code: str, problem: str) -> _Error:
    return _Error(401, code, problem, scheme=challenge(code, problem))


def _duties(duties: Collection[Duty]) -> Any:
    return to_json(sorted(duties, key=str))


def _basic(values: list[str]) -> tuple[str, str] | None:
    scheme, _, text = (values[0] if len(values) == 1 else "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        id, colon, secret = b64decode(text.strip(), validate=True).decode("utf-8").partition(":")
    except ValueError:
        return None
    return (unquote_plus(id), unquote_plus(secret)) if colon else None  # RFC 6749 section 2.3.1


async def _form(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise _Error(400, "invalid_request", "the body is not application/x-www-form-urlencoded")
    raw = bytearray()
    async for piece in request.stream():
        raw.extend(piece)
        if len(raw) > MOST_BYTES:
            raise _Error(413, "invalid_request", f"the body has more than {MOST_BYTES} bytes")
    try:
        pairs = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, strict_parsing=bool(raw), errors="strict",
            max_num_fields=20,
        )  # fmt: skip
    except ValueError:
        raise _Error(400, "invalid_request", "the body is no form") from None
    form = dict(pairs)
    if len(form) < len(pairs):  # RFC 6749 section 3.2
        raise _Error(400, "invalid_request", "a parameter is given twice")
    return form
