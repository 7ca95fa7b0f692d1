"""Published rules in front of an ASGI application (specification 3.0, HTTP)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Literal
from urllib.parse import quote

from commonweal.rules.site.published import ROBOTS, SAFE, Published, paths_only
from commonweal.rules.site.robots import MOST_BYTES, combined
from commonweal.rules.site.serving import Answer, Pairs, added, answer, file_at

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_ABOUT_THE_FORM = {b"accept-encoding", b"if-none-match", b"if-modified-since", b"range", b"if-range"}


class ASGIPublisher:
    """Serve what is published, and add its headers to what the application answers.

    Parameters
    ----------
    app : ASGI application
    published : Published
        For one site: see `Published.at`.
    robots : "merge" or "replace"
        What becomes of the application's own robots.txt: both are served as one, or only the published one
        is. Where nothing is published at that path the application answers.

    Raises
    ------
    InputError
        If a pattern names a host.

    Bodies, trailers, websockets and lifespan pass untouched.
    """

    def __init__(
        self, app: App, published: Published, *, robots: Literal["merge", "replace"] = "merge"
    ) -> None:
        paths_only(published, "the middleware")
        self.app, self.published, self.merge = app, published, robots == "merge"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let the application answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        url, method = url_of(scope), scope["method"]
        file = file_at(self.published, method, url)
        if file is not None and self.merge and url.partition("?")[0] == ROBOTS:
            file = combined(*await _own(self.app, scope), file)
        if file is None:
            await self.app(scope, receive, self._adding(url, send))
            return
        await _send(send, answer(self.published, file, method, url, header_of(scope, "if-none-match")))

    def _adding(self, url: str, send: Send) -> Send:
        async def out(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message.get("headers", ()))
                more = added(self.published, url, (bytes(name).decode("latin-1") for name, _ in own))
                message = {**message, "headers": [*own, *_raw(more)]}
            await send(message)

        return out


def url_of(scope: Scope) -> str:
    """Return path and query of a request as they went over the wire, as far as the server tells."""
    raw = scope.get("raw_path")
    path = bytes(raw).partition(b"?")[0].decode("latin-1") if raw else quote(scope["path"], safe=SAFE)
    query = bytes(scope.get("query_string", b"")).decode("latin-1")
    return f"{path}?{query}" if query else path


def header_of(scope: Scope, name: str) -> str:
    """Return the values of a request header, joined by commas as RFC 9110 section 5.3 says; "" for none."""
    wanted = name.encode()
    return ", ".join(bytes(v).decode("latin-1") for k, v in scope["headers"] if bytes(k).lower() == wanted)


async def _own(app: App, scope: Scope) -> tuple[int, bytes]:
    """Return status and body of the application's own answer, whole and unencoded."""
    headers = [(k, v) for k, v in scope["headers"] if bytes(k).lower() not in _ABOUT_THE_FORM]
    body = bytearray()
    status = 500

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def keep(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body" and len(body) < MOST_BYTES:
            body.extend(message.get("body", b""))

    await app({**scope, "method": "GET", "headers": headers}, receive, keep)
    return status, bytes(body[:MOST_BYTES])


async def _send(send: Send, given: Answer) -> None:
    await send({"type": "http.response.start", "status": given.status, "headers": _raw(given.headers)})
    await send({"type": "http.response.body", "body": given.body})


def _raw(pairs: Pairs) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("ascii"), value.encode("ascii")) for name, value in pairs]
