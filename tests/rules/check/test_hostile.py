"""Whatever a site answers: the check ends, in bounded time and memory, and says what it left out."""

from __future__ import annotations

import base64
import gzip
import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from check_sites import ORIGIN, Site, page
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_sources import warc_record

from commonweal.errors import InputError
from commonweal.rules.check import Limits, check
from commonweal.rules.check.markup import parse

DEEP = 200_000
BOMBS = {
    "a robots.txt of 50 MB": ("/robots.txt", b"User-agent: *\nDisallow: /a\n" * 2_000_000),
    "a robots.txt of one line": ("/robots.txt", b"x" * 5_000_000),
    "a robots.txt of stars": ("/robots.txt", b"User-agent: *\n" + b"Disallow: /" + b"*a" * 200_000),
    "a robots.txt of patterns": ("/robots.txt", b"User-agent: *\n" + b"".join(
        b"Content-Usage: /%d/*a*b*c train-ai=n\n" % i for i in range(5_000))),
    "a robots.txt of agents": ("/robots.txt", b"".join(
        b"User-agent: bot%d\nDisallow: /\n" % i for i in range(9_000))),
    "half a character": ("/robots.txt", b"User-agent: *\nContent-Usage: \xff\xfe\xc3train-ai=n\x00\n"),
    "deep elements": ("/deep.html", b"<div>" * DEEP + b'<meta name="tdm-reservation" content="1">'),
    "deep formatting": ("/deep.html", b"<b><i>" * DEEP),
    "open tags": ("/open.html", b"<a " * 500_000),
    "attributes": ("/many.html", b"<meta " + b"".join(b"a%d=1 " % i for i in range(100_000)) + b">"),
    "metas": ("/metas.html", b'<meta name="tdm-reservation" content="1">' * 100_000),
    "entities": ("/entities.html", b"&lt;" * 500_000),
    "a bad charset": ("/charset.html", b'<meta charset="utf-7"><meta name="tdm-reservation" content="1">'),
    "no bytes": ("/empty.html", b""),
    "zeros": ("/zeros.html", b"\0" * 1_000_000),
    "deep JSON": ("/.well-known/tdmrep.json", b"[" * DEEP),
    "deep JSON objects": ("/a.json", b'{"odrl":' * DEEP),
    "a long number": ("/.well-known/tdmrep.json", b"[" + b"9" * 1_000_000 + b"]"),
    "an entity bomb": ("/rsl.xml", b'<!DOCTYPE r [<!ENTITY a0 "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY a%d "&a%d;&a%d;">' % (i, i - 1, i - 1) for i in range(1, 60)) + b']><rsl xmlns="https://rslstandard.org/rsl">&a59;</rsl>'),
    "an outer entity": ("/rsl.xml", b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
                        b'<rsl xmlns="https://rslstandard.org/rsl"><content url="&x;"/></rsl>'),
    "deep XML": ("/rsl.xml", b'<rsl xmlns="https://rslstandard.org/rsl">' + b"<content>" * DEEP),
    "packets without end": ("/a.jpg", b"<x:xmpmeta :RDF " * 200_000),
    "a feed of announcements": (
        "/feed.rss", b"<rss>" + b'<link type="application/rsl+xml" href="/x"/>' * 50_000),
}  # fmt: skip


@contextmanager
def bounded(seconds: float, megabytes: int) -> Iterator[None]:
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    yield
    assert time.process_time() - start < seconds
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < megabytes


@pytest.mark.parametrize("name", BOMBS)
def test_one_hostile_answer_ends_in_time(name: str, tmp_path: Path) -> None:
    path, body = BOMBS[name]
    target = tmp_path / path[1:]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(body)
    (tmp_path / "index.html").write_text(page())
    with bounded(20, 700):
        report = check(str(tmp_path), origin=ORIGIN)
        report.html()
    assert "root:" not in report.json()


def test_a_large_robots_txt_is_read_up_to_its_limit_and_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "robots.txt").write_bytes(BOMBS["a robots.txt of 50 MB"][1])
    report = check(str(tmp_path))
    assert "agents-cut" in {f.code for f in report.findings}
    assert report.skipped["bytes of a body beyond 4,000,000"] == 1


def test_a_gzip_bomb_in_a_warc_is_not_unpacked(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n"
    bomb = gzip.compress(b"\0" * 300_000_000, 9)
    path = tmp_path / "bomb.warc"
    path.write_bytes(warc_record(f"{ORIGIN}/", head + bomb) + warc_record(f"{ORIGIN}/b", head + bomb))
    with bounded(20, 400):
        report = check(str(path))
    assert report.skipped["bytes of a body beyond 4,000,000"] == 2


def test_a_record_that_does_not_end_stops_the_reading_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from commonweal.rules.check.sources import warc

    monkeypatch.setattr(warc, "MOST_OF_A_RECORD", 5_000_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    path = tmp_path / "bomb.warc.gz"
    path.write_bytes(gzip.compress(warc_record(f"{ORIGIN}/", head + b"\0" * 50_000_000), 9))
    assert check(str(path)).skipped["everything after a record of more than a gigabyte"] == 1


def test_a_damaged_warc_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    record = warc_record(f"{ORIGIN}/", head + page('<meta name="tdm-reservation" content="1">').encode())
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gzip.compress(record) + gzip.compress(record)[:40])
    assert check(str(path)).effective["/"]["mine"] == "deny"
    path.write_bytes(b"no warc at all")
    with pytest.raises(InputError):
        check(str(path))


def test_har_bodies_in_base64_are_decoded_up_to_the_limit(tmp_path: Path) -> None:
    def entry(text: str) -> dict[str, object]:
        return {
            "request": {"url": f"{ORIGIN}/", "method": "GET"},
            "response": {
                "status": 200,
                "headers": [{"name": "Content-Type", "value": "text/html"}],
                "content": {"text": text, "encoding": "base64"},
            },
        }

    path = tmp_path / "a.har"
    large = base64.b64encode(
        page('<meta name="tdm-reservation" content="1">').encode() + b"x" * 1_000_000
    ).decode()
    path.write_text(json.dumps({"log": {"entries": [entry(large), entry("!!!"), {"request": 1}]}}))
    report = check(str(path), limits=Limits(body_bytes=10_000))
    assert report.skipped["bytes of a body beyond 10,000"] == 1
    assert report.skipped["malformed entries"] == 1


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"log": 1}', b'{"log":' * 100_000, b"\xff\xfe", b"null"])
def test_what_is_no_har_is_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "a.har"
    path.write_bytes(raw)
    with pytest.raises(InputError, match="HAR"):
        check(str(path))


def test_thousands_of_different_pages_are_judged_in_bounded_time() -> None:
    reserved, policy = '<meta name="tdm-reservation" content="1">', '<meta name="tdm-policy" content="URL">'
    heads = [reserved + policy.replace("URL", f"https://x.example/{i}") for i in range(4_000)]
    files = {f"/{i}.html": page(head) for i, head in enumerate(heads)}
    with bounded(60, 900):
        report = Site(files).check()
    assert len(report.effective) == 4_001
    assert report.skipped["pages whose own signals differ from all others, beyond a limit"] > 0


def test_a_page_of_attributes_is_read_up_to_them() -> None:
    found = parse(b'<meta name="a-mark" content="1"><p>' + BOMBS["attributes"][1])
    assert len(found.elements) == 1
    assert found.cut


def test_a_long_value_is_no_reason_to_stop() -> None:
    body = b'<img src="data:' + b"x" * 500_000 + b'"><meta name="a-mark" content="1">'
    assert len(parse(body).elements) == 1


PIECES = [
    b"User-agent: *\n", b"Disallow: /", b"Content-Usage: ", b"train-ai=n", b"&#x110000;", b"%zz",
    b"<meta name=tdm-reservation content=1>", b"<link rel=license type=application/rsl+xml href=",
    b"<script type=application/ld+json>", b"</script>", b"{", b"[", b'"', b"\xff", b"\0", b"\r",
    b"<!--", b"]]>", b"<rsl xmlns='https://rslstandard.org/rsl'>", b"<content url='/'>", b"<license>",
    b"\xf0\x9f",
    b"<x:xmpmeta>", b"</x:xmpmeta>", b"<rdf:RDF>", b"cawg.training-mining",
]  # fmt: skip
PATHS = [
    "/robots.txt", "/.well-known/tdmrep.json", "/", "/a.html", "/rsl.xml", "/a.json", "/a.jpg", "/f.rss",
    "/a.pdf", "/\u00e9%",
]  # fmt: skip
NAMES = ["Link", "TDM-Reservation", "Content-Usage", "X-Robots-Tag", "TDM-Policy", "Content-Type"]
bodies = st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), max_size=12).map(b"".join)
values = bodies.map(lambda b: b.decode("latin-1"))


@given(
    st.dictionaries(st.sampled_from(PATHS), bodies, max_size=4),
    st.dictionaries(st.sampled_from(NAMES), values, max_size=3),
    st.sampled_from([200, 402, 404, 503]),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_answer_ends_a_check(files: dict[str, bytes], headers: dict[str, str], status: int) -> None:
    report = Site(files, dict.fromkeys(files, headers), dict.fromkeys(files, status)).check()
    json.dumps(report.to_json())
    assert "<script" not in report.html()
    assert "unreadable" not in {f.code for f in report.findings}


@given(bodies)
@settings(max_examples=200, deadline=None)
def test_no_page_ends_the_parser(body: bytes) -> None:
    assert parse(body, "utf-8").elements is not None
    assert parse(body, "no-such-charset").elements is not None
