"""Crawler Authorization: machines come in with a licence, or for a price (RSL 1.0 section 6)."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

from commonweal.errors import InputError
from commonweal.rules.patterns import parse, split
from commonweal.rules.site.asgi import App, Message, Receive, Scope, Send, url_of
from commonweal.rules.site.olp.grants import now_utc
from commonweal.rules.site.olp.headers import MalformedError, challenge, licence_link, token_in
from commonweal.rules.site.olp.paths import readings
from commonweal.rules.site.olp.payments import FAILED, UNKNOWN_CRAWLER, Payments, Price, PriceError, offered
from commonweal.rules.site.olp.store import Store, digest
from commonweal.rules.site.published import SAFE
from commonweal.rules.vocabulary import Act

FREE = (
    "/robots.txt$", "/sitemap.xml$", "/security.txt$", "/.well-known/security.txt$", "/crawlers.json$",
    "/.well-known/tdmrep.json$", "/.well-known/http-message-signatures-directory$", "/rsl.xml$",
)  # fmt: skip
"""What every machine may read: where it learns the rules and how to identify itself."""
_LOG = logging.getLogger(__name__)
EXACT, MOST = "crawler-exact-price", "crawler-max-price"
_MACHINE = re.compile(
    r"(?<!cu)bot|crawl|spider|slurp|scrap|fetch|headless|archiver|-ai\b|\+https?:", re.IGNORECASE
)

Headers = Mapping[str, list[str]]


def automated(headers: Headers) -> bool:
    """Does a request come from a machine, as far as it says so itself?

    It does where it carries a licence, a price or a signature of a bot, where its user agent is missing or no
    browser's, or has one of the words that crawlers' have. Who pretends to be a browser passes for a person.
    """
    if any(name in headers for name in (EXACT, MOST, "signature-agent")):
        return True
    if any(value.lower().startswith("license") for value in headers.get("authorization", [])):
        return True
    agent = " ".join(headers.get("user-agent", []))
    return not agent.startswith("Mozilla/") or _MACHINE.search(agent) is not None


@dataclass(frozen=True)
class _Refusal:
    status: int
    error: str
    problem: str
    price: Price | None = None
    code: str = ""


@dataclass(frozen=True)
class _Pass:
    client: str = ""
    price: Price | None = None


class LicenceGuard:
    """Ask machines for a licence.

    Parameters
    ----------
    app : ASGI application
    store : Store
        Where the licence server keeps its grants.
    protected : iterable of str
        URL patterns of paths that need a licence.
    origin : str
        The site: "https://example.org". A token for another is not accepted.
    licence : str
        Absolute URL of the licence, for those who have none.
    act : Act, optional
        What the token must permit; absent: any act, for every use starts with fetching.
    free : iterable of str
        Patterns that never need a licence; the licence itself is always free.
    machine : callable
        Is this a request by a machine? Given headers by lower-case name. `automated` by default, which
        believes what the request says.
    payments : Payments, optional
        Sells single fetches at a price (HTTP 402).
    identify : callable, optional
        Who asks, for charging: from headers that something before this application has verified (HTTP Message
        Signatures). Without it nobody is charged.
    clock : callable
        The time, with a time zone.

    Raises
    ------
    InputError
        If `origin` or `licence` is no absolute URL, or a pattern is no path.

    Only HTTP requests are guarded, not websockets. A shared cache must stand behind the guard, not before it.
    The application gets the grant as `scope["commonweal.grant"]`, and never the token.
    """

    def __init__(
        self,
        app: App,
        store: Store,
        *,
        protected: Iterable[str],
        origin: str,
        licence: str,
        act: Act | None = None,
        free: Iterable[str] = FREE,
        machine: Callable[[Headers], bool] = automated,
        payments: Payments | None = None,
        identify: Callable[[Headers], str | None] | None = None,
        clock: Callable[[], datetime] = now_utc,
    ) -> None:
        self.app, self.store, self.act, self.machine = app, store, act, machine
        self.payments, self.identify, self.clock = payments, identify, clock
        self.origin, home = split(origin)[0], split(licence)
        if not self.origin.startswith("http") or not home[0].startswith("http"):
            raise InputError("origin or licence is no URL", mend="start them with https://")
        if not re.fullmatch(r"[!#-;=?-~]+", licence):  # it stands between < and > in a header
            raise InputError("the URL of the licence has odd characters", mend="percent-encode them")
        self.licence = licence
        own = [urlsplit(licence).path + "$"] if home[0] == self.origin else []
        for pattern in (*(protected := tuple(protected)), *(free := tuple(free))):
            if not pattern.startswith(("/", "*")):
                raise InputError(f"the pattern {pattern!r} is no path", mend="start it with /")
        self._protected = [parse(p) for p in protected]
        self._free = [parse(p) for p in (*free, *own)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or say what it needs."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = _by_name(scope)
        if not self._needs_licence(paths := self._paths(scope)) or not self.machine(headers):
            await self.app(scope, receive, send)
            return
        url = self.origin + url_of(scope)
        scope = dict(scope)
        said = await self._judge(scope, headers, paths)
        if isinstance(said, _Refusal):
            await self._refuse(send, said)
        elif said.price is None:
            await self.app(scope, receive, send)
        else:
            await self.app(scope, receive, _Till(self, send, said.client, url, said.price))

    def _paths(self, scope: Scope) -> set[str]:
        query = bytes(scope.get("query_string", b"")).decode("latin-1")
        routed = quote(scope["path"], safe=SAFE) + (f"?{query}" if query else "")
        return readings(url_of(scope), routed)

    def _needs_licence(self, paths: set[str]) -> bool:
        """Is any reading of the path protected, and not every one free?"""
        if all(any(p.matches("", path) for p in self._free) for path in paths):
            return False
        return any(p.matches("", path) for p in self._protected for path in paths)

    async def _judge(self, scope: Scope, headers: Headers, paths: set[str]) -> _Pass | _Refusal:
        try:
            token = token_in(headers.get("authorization", []))
        except MalformedError:
            return _Refusal(401, "invalid_request", "Authorization holds no token")
        try:
            if token is not None:
                return await asyncio.to_thread(self._admit, scope, token, paths)
            return await asyncio.to_thread(self._sell, headers, paths)
        except Exception:  # whatever the store or the till runs on: nobody comes in unchecked
            _LOG.exception("licences can't be checked")
            return _Refusal(503, "server_error", "licences can't be checked just now")

    def _admit(self, scope: Scope, token: str, paths: set[str]) -> _Pass | _Refusal:
        key = digest(token)
        grant = self.store.find(key)
        if grant is None or not grant.alive(self.clock()) or grant.audience != self.origin:
            return _Refusal(401, "invalid_token", "the token is not, or no longer, valid here")
        if not all(grant.covers(self.origin + path, self.act) for path in paths):
            return _Refusal(403, "insufficient_scope", "the licence does not cover this")
        if grant.once and not self.store.spend(key):
            return _Refusal(401, "invalid_token", "the token is used up")
        scope["commonweal.grant"] = grant
        scope["headers"] = [(k, v) for k, v in scope["headers"] if bytes(k).lower() != b"authorization"]
        return _Pass()

    def _sell(self, headers: Headers, paths: set[str]) -> _Pass | _Refusal:
        prices = {self.payments.price(self.origin + path) for path in paths} if self.payments else set()
        price = prices.pop() if len(prices) == 1 else None  # a path that reads as two has no one price
        if price is None:
            return _Refusal(401, "invalid_request", "this needs a licence")
        wrong = offered(_one(headers, EXACT), _one(headers, MOST), price)
        client = self.identify(headers) if self.identify and not wrong else None
        if wrong is None and not client:
            wrong = UNKNOWN_CRAWLER
        if wrong is not None:
            return _unsold(wrong, price)
        return _Pass(client or "", price)

    async def _refuse(self, send: Send, why: _Refusal) -> None:
        body = f"{why.problem}\n".encode()
        headers = [
            ("content-type", "text/plain; charset=utf-8"),
            ("content-length", str(len(body))),
            ("cache-control", "no-store"),
            ("www-authenticate", challenge(why.error, why.problem)),
            ("link", licence_link(self.licence)),
        ]
        if why.price is not None:
            headers.append(("crawler-price", str(why.price)))
        if why.code:
            headers.append(("crawler-error", why.code))
        raw = [(name.encode(), value.encode("ascii")) for name, value in headers]
        await send({"type": "http.response.start", "status": why.status, "headers": raw})
        await send({"type": "http.response.body", "body": body})


class _Till:
    """Charges when the application has answered with success and before any of it is sent: errors and
    redirects cost nothing, and no page leaves unpaid."""

    def __init__(self, guard: LicenceGuard, send: Send, client: str, url: str, price: Price) -> None:
        self.guard, self.send, self.client, self.url, self.price = guard, send, client, url, price
        self.refused = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and 200 <= message["status"] < 300:
            if not await self._charged():
                self.refused = True
                await self.guard._refuse(self.send, _unsold(FAILED, self.price))
            else:
                paid = (b"crawler-charged", str(self.price).encode())
                message = {**message, "headers": [*message.get("headers", ()), paid]}
        if not self.refused:
            await self.send(message)

    async def _charged(self) -> bool:
        assert self.guard.payments is not None
        try:
            return await asyncio.to_thread(self.guard.payments.charge, self.client, self.url, self.price)
        except Exception:  # not known to be paid
            _LOG.exception("a fetch can't be charged")
            return False


def _unsold(why: PriceError, price: Price) -> _Refusal:
    return _Refusal(why.status, "invalid_request", "this needs a licence, or its price", price, why.code)


def _one(headers: Headers, name: str) -> str | None:
    values = headers.get(name)
    return None if values is None else ", ".join(values)  # several are no price


def _by_name(scope: Scope) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        out.setdefault(bytes(name).decode("latin-1").lower(), []).append(bytes(value).decode("latin-1"))
    return out
