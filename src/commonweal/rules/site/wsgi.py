"""Published rules in front of a WSGI application (PEP 3333)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableMapping
from typing import Any, Literal
from urllib.parse import quote

from commonweal.rules.site.published import ROBOTS, SAFE, Published, paths_only
from commonweal.rules.site.robots import MOST_BYTES, combined
from commonweal.rules.site.serving import Pairs, added, answer, file_at

Environ = MutableMapping[str, Any]
Start = Callable[..., Callable[[bytes], object]]
App = Callable[[Environ, Start], Iterable[bytes]]

_ABOUT_THE_FORM = {"HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE"}


class WSGIPublisher:
    """Serve what is published, and add its headers to what the application answers.

    Parameters
    ----------
    app : WSGI application
    published : Published
        For one site: see `Published.at`.
    robots : "merge" or "replace"
        What becomes of the application's own robots.txt: both are served as one, or only the published one
        is. Where nothing is published at that path the application answers.

    Raises
    ------
    InputError
        If a pattern names a host.

    Bodies pass untouched. WSGI hands over decoded paths: `%2F` is the same as `/`, and what a path should
    encode counts as encoded.
    """

    def __init__(
        self, app: App, published: Published, *, robots: Literal["merge", "replace"] = "merge"
    ) -> None:
        paths_only(published, "the middleware")
        self.app, self.published, self.merge = app, published, robots == "merge"

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """Answer a request, or let the application answer."""
        url, method = url_of(environ), environ["REQUEST_METHOD"]
        file = file_at(self.published, method, url)
        if file is not None and self.merge and url.partition("?")[0] == ROBOTS:
            file = combined(*_own(self.app, environ), file)
        if file is None:
            return self.app(environ, self._adding(url, start_response))
        given = answer(self.published, file, method, url, environ.get("HTTP_IF_NONE_MATCH", ""))
        start_response(given.line, given.headers)
        return [given.body] if given.body else []

    def _adding(self, url: str, start_response: Start) -> Start:
        def start(status: str, headers: Pairs, *exc_info: Any) -> Callable[[bytes], object]:
            more = added(self.published, url, (name for name, _ in headers))
            return start_response(status, [*headers, *more], *exc_info)

        return start


def url_of(environ: Environ) -> str:
    """Return path and query of a request, percent-encoded again."""
    path = (environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1")
    query = environ.get("QUERY_STRING", "")
    return (quote(path, safe=SAFE) or "/") + (f"?{query}" if query else "")


def _own(app: App, environ: Environ) -> tuple[int, bytes]:
    """Return status and body of the application's own answer, whole and unencoded."""
    asked = {k: v for k, v in environ.items() if k not in _ABOUT_THE_FORM} | {"REQUEST_METHOD": "GET"}
    status = 500
    body = bytearray()

    def start(line: str, headers: Pairs, exc_info: Any = None) -> Callable[[bytes], object]:
        nonlocal status
        status = int(line.split(maxsplit=1)[0])
        return body.extend

    chunks = app(asked, start)
    try:
        for chunk in chunks:
            body.extend(chunk)
            if len(body) > MOST_BYTES:
                break
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    return status, bytes(body[:MOST_BYTES])
