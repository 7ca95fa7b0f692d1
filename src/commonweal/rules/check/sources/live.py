"""A live site: robots.txt first and obeyed, one request at a time, inside the site alone."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from commonweal.errors import InputError
from commonweal.rules.check import markup
from commonweal.rules.check.collect import Collection, Limits, Response, same_site
from commonweal.rules.check.found import HTML, ROBOTS, charset, in_response
from commonweal.rules.check.sources.fetch import Failure, Fetcher
from commonweal.rules.patterns import split
from commonweal.rules.robots_txt import Robots, parse_robots, product

WELL_KNOWN = ("/.well-known/tdmrep.json",)
REDIRECTS = (301, 302, 303, 307, 308)
MOST_WAITING = 20_000
_ASSETS = (".css", ".js", ".woff", ".woff2", ".zip", ".gz", ".mp4", ".mp3", ".exe", ".dmg", ".ico")


class Live:
    """A site as it answers now.

    robots.txt is asked first. What it disallows to the checker, by its product token or by `*`, is not
    fetched; where it fails, nothing else is.
    """

    def __init__(self, url: str, limits: Limits) -> None:
        parts = urlsplit(url)
        if not parts.hostname or parts.username or parts.password:
            raise InputError("no address of a site", mend="give https://host/, without a name and password")
        self._start, self._limits = urljoin(url, parts.path or "/"), limits
        self.collection = Collection(split(url)[0])
        self._waiting: deque[str] = deque()
        self._known: set[str] = set()
        self._last = float("-inf")
        self._asked = 0

    def __iter__(self) -> Iterator[Response]:
        """Yield answers: robots.txt, well-known files, the page asked for, and what these link to.

        Raises
        ------
        InputError
            If the site can't be reached at all.
        """
        deadline = time.monotonic() + self._limits.seconds
        with Fetcher(self._limits) as fetcher:
            first = self._get(fetcher, self.collection.origin + ROBOTS, None, 0.0)
            if isinstance(first, Failure):
                raise InputError(
                    f"can't be reached: {first.why}", mend="check the address", where=self._start
                )
            if same_site(split(first.url)[0], self.collection.origin):
                self.collection.origin = split(first.url)[0]  # where http leads to https, or to www
            first = replace(first, url=self.collection.origin + ROBOTS)
            yield first
            robots = _robots(first)
            if robots is None:
                self._skip("everything: robots.txt fails, so nothing may be fetched")
                return
            delay = self._delay(robots)
            for path in WELL_KNOWN:
                self._add(self.collection.origin + path)
            self._add(self._start)
            for announced in in_response(first).announced:
                self._add(announced.url, first=True)
            while self._waiting:
                if self._asked >= self._limits.live_pages:
                    self._skip("addresses beyond the limit of pages", len(self._waiting))
                    return
                if time.monotonic() + delay > deadline:
                    self._skip("addresses for which there was no time", len(self._waiting))
                    return
                asked = self._waiting.popleft()
                answer = self._get(fetcher, asked, robots, delay)
                if isinstance(answer, Failure):
                    self._skip(answer.why)
                    continue
                if answer.media_type in HTML:
                    if answer.url != asked and answer.url in self._known:
                        self._skip("redirects to pages that are asked for themselves")
                        continue
                    self._known.add(answer.url)
                else:  # a file is known by the address under which it is announced
                    answer = replace(answer, url=asked)
                if answer.cut:
                    self._skip(f"bytes of a body beyond {self._limits.body_bytes:,}")
                yield answer
                if answer.status in (429, 503):
                    self._skip("addresses left when the site asked to slow down", len(self._waiting) or 1)
                    return
                self._follow(answer)

    def _get(self, fetcher: Fetcher, url: str, robots: Robots | None, delay: float) -> Response | Failure:
        """Fetch a URL, following redirects inside the site; the answer bears the URL that gave it."""
        for _ in range(self._limits.redirects + 1):
            if robots is not None and not robots.allowed(product(self._limits.agent), url):
                return Failure("disallowed by robots.txt")
            wait = self._last + delay - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            answer = fetcher.get(url)
            self._last = time.monotonic()
            self._asked += 1
            if isinstance(answer, Failure) or answer.status not in REDIRECTS:
                return answer
            url = _joined(url, answer.header("location"))
            if not url or not same_site(split(url)[0], self.collection.origin):
                # For robots.txt this is as if there were none on this host.
                return answer if robots is None else Failure("redirects to other sites")
        return Failure("too many redirects")

    def _follow(self, answer: Response) -> None:
        for announced in in_response(answer).announced:
            self._add(announced.url, first=True)
        if answer.status == 200 and answer.media_type in HTML:
            for href in markup.parse(answer.body, charset(answer), links=True).links:
                self._add(_joined(answer.url, href))

    def _add(self, url: str, *, first: bool = False) -> None:
        url = url.split("#")[0]
        if not url or url in self._known or url.split("?")[0].lower().endswith(_ASSETS):
            return
        if not same_site(split(url)[0], self.collection.origin):
            return
        if len(self._known) >= MOST_WAITING:
            self._skip("addresses beyond the number that is remembered")
            return
        self._known.add(url)
        (self._waiting.appendleft if first else self._waiting.append)(url)

    def _delay(self, robots: Robots) -> float:
        """Return the longer of the delay asked for and the site's own Crawl-delay."""
        said = [
            float(line.value)
            for group in robots.applying(product(self._limits.agent))
            for line in group.lines
            if line.key == "crawl-delay" and line.value.replace(".", "", 1).isdigit() and line.value.isascii()
        ]
        return max([self._limits.delay, *said])

    def _skip(self, why: str, number: int = 1) -> None:
        if number:
            self.collection.skipped[why] += number


def _robots(answer: Response) -> Robots | None:
    """Return the rules, none where there is no file (any 4xx), None where all is forbidden since it fails."""
    if answer.status == 200:
        return parse_robots(answer.body)
    return None if answer.status >= 500 or answer.status == 429 else parse_robots("")


def _joined(base: str, href: str) -> str:
    try:
        found = urljoin(base, href.strip())
        return found if urlsplit(found).scheme in ("http", "https") else ""
    except ValueError:
        return ""
