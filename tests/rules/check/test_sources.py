"""A folder, a WARC and a HAR of one site give the same report; what is left out is counted."""

from __future__ import annotations

import base64
import gzip
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from check_sites import ORIGIN, page, tdm

from commonweal.errors import InputError
from commonweal.rules.check import Limits, check
from commonweal.rules.check.collect import Response, collect

FILES = {
    "/robots.txt": ("text/plain", "User-agent: *\nDisallow: /private/\nContent-Usage: train-ai=n, bots=y\n"),
    "/.well-known/tdmrep.json": ("application/json", tdm(("/", 0))),
    "/": ("text/html", page('<meta name="tdm-reservation" content="1">')),
    "/a.html": ("text/html", page()),
}


def folder(root: Path) -> Path:
    for path, (_, text) in FILES.items():
        target = root / ("index.html" if path == "/" else path[1:])
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    return root


def warc(path: Path, files: dict[str, tuple[str, str]] | None = None, *, encoding: str = "") -> Path:
    with path.open("wb") as out:
        for url, (kind, text) in (files or FILES).items():
            body = gzip.compress(text.encode()) if encoding else text.encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n"
            head += f"Content-Encoding: {encoding}\r\n\r\n" if encoding else "\r\n"
            record = warc_record(url if url.startswith("http") else ORIGIN + url, head.encode() + body)
            out.write(gzip.compress(record) if path.suffix == ".gz" else record)
    return path


def warc_record(url: str, payload: bytes) -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-11-20T00:00:00Z\r\n"
        "WARC-Record-ID: <urn:uuid:12345678-feed-46e8-927e-af96b86a4ae1>\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(payload)}\r\n\r\n"
    )
    return head.encode() + payload + b"\r\n\r\n"


def har(path: Path, *, binary: bool = False) -> Path:
    entries = []
    for url, (kind, text) in FILES.items():
        content = {"text": text, "mimeType": kind}
        if binary:
            content = {"text": base64.b64encode(text.encode()).decode(), "encoding": "base64"}
        entries.append(
            {
                "startedDateTime": "2026-11-20T00:00:00.000Z",
                "request": {"method": "GET", "url": ORIGIN + url},
                "response": {
                    "status": 200,
                    "headers": [{"name": "Content-Type", "value": kind}],
                    "content": content,
                },
            }
        )
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}))
    return path


def told(report: object) -> object:
    return [(f.code, f.where, f.line, f.message) for f in report.findings], report.effective  # type: ignore[attr-defined]


def test_a_folder_a_warc_and_a_har_of_one_site_give_the_same_report(tmp_path: Path) -> None:
    expected = told(check(str(folder(tmp_path / "site")), origin=ORIGIN))
    saved = [
        warc(tmp_path / "a.warc"), warc(tmp_path / "a.warc.gz"), warc(tmp_path / "b.warc", encoding="gzip"),
        har(tmp_path / "a.har"), har(tmp_path / "b.har", binary=True),
    ]  # fmt: skip
    for path in saved:
        assert told(check(str(path))) == expected, path
    codes = {code for code, *_ in expected[0]}  # type: ignore[index]
    assert {"aipref-retired-label", "header-differs-from-file", "standards-contradict"} <= codes


def test_saved_responses_bear_the_time_at_which_they_were_fetched(tmp_path: Path) -> None:
    for path in (warc(tmp_path / "a.warc"), har(tmp_path / "a.har")):
        assert check(str(path)).at == datetime(2026, 11, 20, tzinfo=UTC)


def test_a_site_in_a_folder_without_an_origin_is_known_by_its_paths(tmp_path: Path) -> None:
    report = check(str(folder(tmp_path)))
    assert report.origin == ""
    assert {f.where for f in report.findings if f.code == "aipref-retired-label"} == {"/robots.txt"}
    assert report.effective["/"]["train-gen"] == "deny"


def test_the_origin_of_a_folder_may_stand_in_its_cname(tmp_path: Path) -> None:
    (folder(tmp_path) / "CNAME").write_text("Guild.example\n")
    assert check(str(tmp_path)).origin == "https://guild.example"


def answers(root: Path) -> dict[str, Response]:
    return {r.url: r for r in collect(str(root), Limits())}


def test_headers_json_gives_the_longest_pattern_and_all_links(tmp_path: Path) -> None:
    headers = [
        {"pattern": "/", "name": "TDM-Reservation", "value": "0"},
        {"pattern": "/a", "name": "tdm-reservation", "value": "1"},
        {"pattern": "/", "name": "Link", "value": "<x>; rel=a"},
        {"pattern": "/", "name": "Link", "value": "<y>; rel=b"},
    ]
    (folder(tmp_path) / "headers.json").write_text(json.dumps(headers))
    found = answers(tmp_path)
    assert found["/"].header("tdm-reservation") == "0"
    assert found["/a.html"].header("tdm-reservation") == "1"
    assert [v for k, v in found["/"].headers if k == "link"] == ["<x>; rel=a", "<y>; rel=b"]
    assert "/headers.json" not in found


def test_the_lines_of_underscore_headers_are_read_as_static_hosts_do(tmp_path: Path) -> None:
    (folder(tmp_path) / "_headers").write_text(
        "# for everything\n/*\n  TDM-Reservation: 1\n\n/a.html\n  Content-Usage: train-ai=n\n/:y/x\n  X: y\n"
    )
    found = answers(tmp_path)
    assert found["/"].header("tdm-reservation") == found["/a.html"].header("tdm-reservation") == "1"
    assert found["/a.html"].header("content-usage") == "train-ai=n"
    assert found["/"].header("content-usage") == ""


@pytest.mark.parametrize(
    ("name", "text"), [("headers.json", "{"), ("headers.json", "[1]"), ("_headers", "/a\n  x")]
)
def test_headers_that_cannot_be_read_are_refused_with_the_file(tmp_path: Path, name: str, text: str) -> None:
    (folder(tmp_path) / name).write_text(text)
    with pytest.raises(InputError, match=name):
        check(str(tmp_path))


def test_links_out_of_a_folder_are_not_followed_and_are_counted(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.html").write_text(page('<meta name="tdm-reservation" content="1">'))
    root = folder(tmp_path / "site")
    (root / "out").symlink_to(outside)
    (root / "secret.html").symlink_to(outside / "secret.html")
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "pipe.html")
    (root / ".git").mkdir()
    report = check(str(root))
    assert not any("secret" in path for path in report.effective)
    assert report.skipped["links to other places, which are not followed"] == 3
    assert report.skipped["what is no plain file"] == 1
    assert report.skipped["folders whose name starts with a dot"] == 1


def test_other_sites_and_other_records_are_counted(tmp_path: Path) -> None:
    files = {**FILES, "https://cdn.example/x.html": ("text/html", page())}
    report = check(str(warc(tmp_path / "a.warc", files)))
    assert report.skipped["responses of other sites"] == 1


def test_of_several_answers_for_one_url_the_newest_stands(tmp_path: Path) -> None:
    path = tmp_path / "a.har"
    entries = [
        {
            "startedDateTime": f"2026-11-{day}T00:00:00Z",
            "request": {"method": "GET", "url": f"{ORIGIN}/robots.txt"},
            "response": {
                "status": 200,
                "headers": [{"name": "content-type", "value": "text/plain"}],
                "content": {"text": f"User-agent: *\nContent-Usage: train-ai={word}\n"},
            },
        }
        for day, word in (("10", "n"), ("20", "y"), ("15", "n"))
    ]
    path.write_text(json.dumps({"log": {"entries": entries}}))
    report = check(str(path))
    assert report.effective["/"]["train-gen"] == "allow"
    assert report.skipped["older answers for the same URL"] == 1


def test_what_lies_beyond_a_limit_is_counted(tmp_path: Path) -> None:
    root = folder(tmp_path)
    assert (
        check(str(root), limits=Limits(pages=2)).skipped["everything after the limit of pages or bytes"] == 1
    )
    assert check(str(root), limits=Limits(body_bytes=10)).skipped["bytes of a body beyond 10"] == 4


@pytest.mark.parametrize("name", ["nothing", "a.zip", "ftp://x.example/"])
def test_a_source_of_another_kind_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK")
    with pytest.raises(InputError):
        check(name if ":" in name else str(tmp_path / name))


def test_a_file_of_terms_is_checked_as_such(tmp_path: Path) -> None:
    path = tmp_path / "terms.toml"
    path.write_text('[[rule]]\nacts = ["redistribute"]\neffect = "deny"\n')
    report = check(str(path))
    assert [f.code for f in report.findings if f.code == "open-commons-breach"]
    assert report.effective["/"]["redistribute"] == "deny"
