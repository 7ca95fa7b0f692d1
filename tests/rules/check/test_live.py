"""The live collector against a real server on this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import pytest
from check_sites import page

import apart
from commonweal.errors import InputError
from commonweal.rules.check import Limits, check
from commonweal.rules.check.sources.fetch import decoded

QUICK = Limits(delay=0.0, timeout=2.0)
OPEN = (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow:\n")
Answers = dict[str, tuple[int, dict[str, str], bytes]]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append((time.monotonic(), self.path, dict(self.headers)))
        status, headers, body = self.server.answers.get(self.path, (404, {}, b"none"))
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.path in self.server.slow:
                for _ in range(100):  # a byte now and then: no single read ever times out
                    self.wfile.write(b" ")
                    self.wfile.flush()
                    time.sleep(0.1)
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def log_message(self, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answers: Answers, slow: tuple[str, ...]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.slow = answers, slow
        self.asked: list[tuple[float, str, dict[str, str]]] = []
        self.origin = f"http://127.0.0.1:{self.server_port}"

    @property
    def paths(self) -> list[str]:
        return [path for _, path, _ in self.asked]


@contextmanager
def serving(answers: Answers, slow: tuple[str, ...] = ()) -> Iterator[Server]:
    server = Server(answers, slow)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def html(*links: str, head: str = "") -> tuple[int, dict[str, str], bytes]:
    body = "".join(f'<a href="{link}">x</a>' for link in links)
    return 200, {"Content-Type": "text/html; charset=utf-8"}, page(head, body).encode()


def test_robots_txt_is_asked_first_and_pages_of_the_site_follow() -> None:
    answers = {
        "/robots.txt": OPEN,
        "/": html("/a", "b#part", "https://elsewhere.example/", "mailto:x@example.org", "/style.css"),
        "/a": html("/", head='<meta name="tdm-reservation" content="1">'),
        "/b": html(),
    }
    with serving(answers) as server:
        report = check(server.origin + "/", limits=QUICK)
    assert server.paths[0] == "/robots.txt"
    assert sorted(server.paths[1:]) == ["/", "/.well-known/tdmrep.json", "/a", "/b"]
    assert report.effective["/a"]["mine"] == "deny"
    assert report.effective["/b"]["mine"] == "unknown"
    said = [pair for *_, headers in server.asked for pair in headers.items()]
    agents = {value for name, value in said if name.lower() == "user-agent"}
    assert agents == {QUICK.agent}


def test_what_robots_txt_disallows_to_the_checker_is_not_fetched() -> None:
    robots = b"User-agent: commonweal-check\nDisallow: /private/\n\nUser-agent: *\nDisallow: /open/\n"
    answers = {
        "/robots.txt": (200, {"Content-Type": "text/plain"}, robots),
        "/": html("/private/x", "/open/y"),
        "/open/y": html(),
        "/private/x": html(),
    }
    with serving(answers) as server:
        report = check(server.origin, limits=QUICK)
    assert "/open/y" in server.paths
    assert "/private/x" not in server.paths
    assert report.skipped["disallowed by robots.txt"] == 1


def test_a_site_that_forbids_everything_is_asked_for_robots_txt_alone() -> None:
    forbids = (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /\n")
    with serving({"/robots.txt": forbids, "/": html("/a")}) as server:
        report = check(server.origin, limits=QUICK)
    assert server.paths == ["/robots.txt"]
    assert report.skipped["disallowed by robots.txt"] >= 1


@pytest.mark.parametrize("status", [500, 503, 429])
def test_where_robots_txt_fails_nothing_else_is_fetched(status: int) -> None:
    with serving({"/robots.txt": (status, {}, b""), "/": html()}) as server:
        report = check(server.origin, limits=QUICK)
    assert server.paths == ["/robots.txt"]
    assert report.failed
    assert "robots-unreachable" in {f.code for f in report.findings}


def test_without_a_robots_txt_the_site_is_open() -> None:
    with serving({"/": html()}) as server:
        check(server.origin, limits=QUICK)
    assert "/" in server.paths


def test_requests_keep_the_delay_and_a_longer_crawl_delay_stands_before_it() -> None:
    robots = (200, {"Content-Type": "text/plain"}, b"User-agent: *\nCrawl-delay: 0.3\nDisallow:\n")
    with serving({"/robots.txt": robots, "/": html("/a"), "/a": html()}) as server:
        check(server.origin, limits=Limits(delay=0.05))
    times = [at for at, *_ in server.asked]
    assert all(b - a >= 0.29 for a, b in pairwise(times))


def test_a_server_that_drips_is_left_after_the_deadline() -> None:
    with serving({"/robots.txt": OPEN, "/": html("/b"), "/b": html()}, slow=("/",)) as server:
        start = time.monotonic()
        report = check(server.origin, limits=Limits(delay=0.0, timeout=0.5))
    assert time.monotonic() - start < 5
    assert report.skipped["no whole answer in time"] == 1


def test_a_crawl_that_would_take_too_long_stops_and_says_so() -> None:
    robots = (200, {"Content-Type": "text/plain"}, b"User-agent: *\nCrawl-delay: 3600\n")
    with serving({"/robots.txt": robots, "/": html()}) as server:
        report = check(server.origin, limits=Limits(seconds=5))
    assert server.paths == ["/robots.txt"]
    assert report.skipped["addresses for which there was no time"] == 2


def test_the_limit_of_pages_counts_every_request() -> None:
    pages = {f"/{i}": html(f"/{i + 1}") for i in range(20)}
    with serving({"/robots.txt": OPEN, "/": html("/0"), **pages}) as server:
        report = check(server.origin, limits=Limits(delay=0.0, live_pages=5))
    assert len(server.paths) == 5
    assert report.skipped["addresses beyond the limit of pages"] == 1


def test_redirects_are_followed_inside_the_site_alone() -> None:
    answers = {
        "/robots.txt": OPEN,
        "/": html("/in", "/out", "/round"),
        "/in": (302, {"Location": "/target"}, b""),
        "/target": html(head='<meta name="tdm-reservation" content="1">'),
        "/out": (302, {"Location": "http://elsewhere.invalid/"}, b""),
        "/round": (302, {"Location": "/round"}, b""),
    }
    with serving(answers) as server:
        report = check(server.origin, limits=QUICK)
    assert report.effective["/target"]["mine"] == "deny"
    assert "/in" not in report.effective
    assert report.skipped["redirects to other sites"] == 1
    assert report.skipped["too many redirects"] == 1
    assert server.paths.count("/round") == QUICK.redirects + 1


def test_a_redirect_into_what_is_disallowed_is_not_followed() -> None:
    robots = (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /private\n")
    answers = {"/robots.txt": robots, "/": html("/in"), "/in": (302, {"Location": "/private"}, b"")}
    with serving(answers) as server:
        check(server.origin, limits=QUICK)
    assert "/private" not in server.paths


def test_links_are_read_from_where_a_redirect_leads() -> None:
    answers = {
        "/robots.txt": OPEN,
        "/": html("/blog"),
        "/blog": (301, {"Location": "/blog/"}, b""),
        "/blog/": html("post"),
        "/blog/post": html(),
    }
    with serving(answers) as server:
        report = check(server.origin, limits=QUICK)
    assert set(report.effective) == {"/", "/blog/", "/blog/post"}


def test_a_robots_txt_elsewhere_is_none_of_this_site() -> None:
    away = (302, {"Location": "http://elsewhere.invalid/robots.txt"}, b"")
    with serving({"/robots.txt": away, "/": html()}) as server:
        check(server.origin, limits=QUICK)
    assert "/" in server.paths


def test_cookies_are_not_kept() -> None:
    status, headers, body = html("/a")
    answers = {
        "/robots.txt": OPEN,
        "/": (status, {**headers, "Set-Cookie": "id=1; Path=/"}, body),
        "/a": html(),
    }
    with serving(answers) as server:
        check(server.origin, limits=QUICK)
    assert not any("cookie" in {k.lower() for k in headers} for *_, headers in server.asked)


def test_a_large_body_is_cut() -> None:
    large = (200, {"Content-Type": "text/html"}, b"<p>" + b"x" * 500_000)
    with serving({"/robots.txt": OPEN, "/": large}) as server:
        report = check(server.origin, limits=Limits(delay=0.0, body_bytes=100_000))
    assert report.skipped["bytes of a body beyond 100,000"] == 1


def test_announced_rsl_is_fetched_before_pages() -> None:
    with serving({"/robots.txt": OPEN, "/": html("/a"), "/a": html()}) as server:
        license_line = f"License: {server.origin}/rsl.xml\n".encode()
        server.answers["/robots.txt"] = (200, {"Content-Type": "text/plain"}, OPEN[2] + license_line)
        report = check(server.origin, limits=QUICK)
    assert server.paths[1] == "/rsl.xml"
    assert "announced-missing" in {f.code for f in report.findings}


def test_a_site_that_asks_to_slow_down_is_left() -> None:
    answers = {"/robots.txt": OPEN, "/": html("/busy", "/b"), "/busy": (429, {}, b""), "/b": html()}
    with serving(answers) as server:
        check(server.origin, limits=QUICK)
    assert "/b" not in server.paths


def test_where_nobody_answers_the_address_is_named() -> None:
    with serving({}) as server:
        origin = server.origin
    with pytest.raises(InputError, match=r"127\.0\.0\.1"):
        check(origin, limits=Limits(timeout=1.0))


@pytest.mark.parametrize("url", ["http://user:secret@127.0.0.1/", "http://", "https:///x"])
def test_an_address_without_a_host_or_with_a_password_is_refused(url: str) -> None:
    with pytest.raises(InputError):
        check(url)


def test_a_compressed_body_is_unpacked_no_further_than_allowed() -> None:
    import gzip
    import zlib

    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(decoded(bomb, "gzip", 1000)) == 1000
    assert decoded(zlib.compress(b"words"), "deflate", 10) == b"words"
    assert decoded(b"no gzip", "gzip", 10) == b""
    assert decoded(b"plain words", "", 5) == b"plain"


def test_it_works_inside_a_running_loop() -> None:
    async def inside(origin: str) -> bool:
        return check(origin, limits=QUICK).failed

    with serving({"/robots.txt": OPEN, "/": html()}) as server:
        assert apart.run(inside(server.origin)) is False
