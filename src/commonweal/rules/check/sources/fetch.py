"""One request at a time, with a deadline up to its last byte, and bodies no larger than allowed."""

from __future__ import annotations

import asyncio
import threading
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any

from commonweal.errors import MissingExtraError
from commonweal.rules.check.collect import Limits, Response


@dataclass(frozen=True)
class Failure:
    """No answer, and why."""

    why: str


class Fetcher:
    """Fetches URLs; use it in a `with` block.

    Requests run in a loop of their own thread: only there does a deadline hold for a server that sends a byte
    a second, and a caller's own loop is not in the way.
    """

    def __init__(self, limits: Limits) -> None:
        try:
            import httpx
        except ImportError as error:
            raise MissingExtraError("httpx", "rules", "checking a live site") from error
        self._limits, self._httpx = limits, httpx
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._client = httpx.AsyncClient(
            headers={"user-agent": limits.agent, "accept": "*/*", "accept-encoding": "gzip"},
            timeout=limits.timeout,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            limits=httpx.Limits(max_connections=1),
        )

    def __enter__(self) -> Fetcher:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._client.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def get(self, url: str) -> Response | Failure:
        """Return the answer for a URL, redirects not followed."""
        try:
            response: Response = self._run(asyncio.wait_for(self._get(url), self._limits.timeout))
            return response
        except TimeoutError:
            return Failure("no whole answer in time")
        except (self._httpx.HTTPError, self._httpx.InvalidURL, ValueError) as error:
            return Failure(f"no answer ({type(error).__name__})")

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _get(self, url: str) -> Response:
        most = self._limits.body_bytes
        async with self._client.stream("GET", url) as answer:
            raw = bytearray()
            async for piece in answer.aiter_raw():
                raw += piece
                if len(raw) > most:
                    break
            headers = tuple((k.lower(), v) for k, v in answer.headers.multi_items())
            body = decoded(bytes(raw), answer.headers.get("content-encoding", ""), most + 1)
            return Response(
                url, answer.status_code, headers, body[:most], datetime.now(UTC), len(body) > most
            )


def decoded(raw: bytes, encoding: str, most: int) -> bytes:
    """Return at most so many bytes of a body without its encoding; a bomb is not unpacked further."""
    if encoding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        return raw[:most]
    for bits in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):  # deflate is sent with and without a header
        try:
            return zlib.decompressobj(bits).decompress(raw, most)
        except zlib.error:
            continue
    return b""
