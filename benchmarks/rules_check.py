"""Checking a saved site of 10,000 pages: seconds and memory, on one core.

    python -m benchmarks.rules_check            # 10,000 pages
    python -m benchmarks.rules_check --quick    # 500

A made-up site: pages of about 20 KB, each with its own title, description and JSON-LD, half of them with an
element that reserves mining; robots.txt with groups and preferences, RSL, a well-known file. As a folder, as
a WARC (each record compressed), and as a HAR, each checked in a process of its own. Nothing else does what is
done here, so no peer stands beside it; parsing the same pages by itself (lxml, no check) is the floor.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

ORIGIN = "https://guild.example"
RESULT = Path(__file__).parent / "results" / "rules_check.json"
WORDS = "the collective keeps a record of works and of those who made them " * 4
ROBOTS = (
    "User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\n\n"
    "User-agent: *\nDisallow: /private/\nContent-Usage: train-ai=n, search=y\n"
    "Content-Usage: /open/ train-ai=y, search=y\nLicense: https://guild.example/rsl.xml\n"
)
RSL = (
    '<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license>'
    '<prohibits type="usage">ai-all</prohibits></license></content></rsl>'
)
TDM = '[{"location": "/open/", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}]'


def pages(number: int) -> Iterator[tuple[str, str]]:
    """Yield paths and pages."""
    body = "".join(f'<p class="c{i}"><a href="/{i}">{i}</a> {WORDS}</p>\n' for i in range(60))
    for i in range(number):
        reserved = '<meta name="tdm-reservation" content="1">' if i % 2 else ""
        linked = json.dumps({"@context": "https://schema.org", "@type": "Article", "headline": f"Work {i}"})
        folder = ("open", "blog", "works")[i % 3]
        yield (
            f"/{folder}/{i}.html",
            (
                f'<!doctype html>\n<html lang="en"><head>\n<meta charset="utf-8">\n<title>Work {i}</title>\n'
                f'<meta name="description" content="About {i}">\n{reserved}\n'
                f'<script type="application/ld+json">{linked}</script>\n</head><body>\n{body}</body></html>'
            ),
        )


def files(number: int) -> Iterator[tuple[str, str, str]]:
    """Yield path, media type and content of everything on the site."""
    yield "/robots.txt", "text/plain", ROBOTS
    yield "/rsl.xml", "application/rsl+xml", RSL
    yield "/.well-known/tdmrep.json", "application/json", TDM
    for path, text in pages(number):
        yield path, "text/html", text


def write(root: Path, number: int) -> dict[str, Path]:
    """Write the site three times; return the sources by name."""
    folder, warc, har = root / "site", root / "site.warc.gz", root / "site.har"
    entries = []
    with warc.open("wb") as out:
        for path, kind, text in files(number):
            target = folder / path[1:]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
            out.write(gzip.compress(_record(path, kind, text), 6))
            headers = [{"name": "Content-Type", "value": kind}]
            entries.append(
                {
                    "startedDateTime": "2026-11-20T00:00:00Z",
                    "request": {"method": "GET", "url": ORIGIN + path},
                    "response": {"status": 200, "headers": headers, "content": {"text": text}},
                }
            )
    har.write_text(json.dumps({"log": {"entries": entries}}))
    headers = [{"pattern": "/works/", "name": "TDM-Reservation", "value": "1"}]
    (folder / "headers.json").write_text(json.dumps(headers))
    return {"folder": folder, "WARC": warc, "HAR": har}


def _record(path: str, kind: str, text: str) -> bytes:
    payload = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n{text}".encode()
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {ORIGIN}{path}\r\n"
        f"WARC-Date: 2026-11-20T00:00:00Z\r\nContent-Length: {len(payload)}\r\n\r\n"
    )
    return head.encode() + payload + b"\r\n\r\n"


def run(quick: bool = False) -> dict[str, Any]:
    """Return seconds, findings and memory for each kind of source."""
    number = 500 if quick else 10_000
    with tempfile.TemporaryDirectory() as temporary:
        sources = write(Path(temporary), number)
        rows = [{"source": name, **_apart(source)} for name, source in sources.items()]
    return {"pages": number, "parse_alone_cpu_seconds": _floor(number), "rows": rows}


def _apart(source: Path) -> dict[str, Any]:
    """Return the figures of one check in a fresh process, so that its peak of memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_one, (str(source),))


def _one(source: str) -> dict[str, Any]:
    from commonweal.rules.check import check

    start, wall = time.process_time(), time.perf_counter()
    report = check(source, origin=ORIGIN)
    return {
        "cpu_seconds": time.process_time() - start,
        "wall_seconds": time.perf_counter() - wall,
        "findings": len(report.findings),
        "paths": len(report.effective),
        "peak_mb": _peak(),
    }


def _peak() -> float:
    """Return the peak of this process in MB; getrusage would give that of the process that started it."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def _floor(number: int) -> float:
    start = time.process_time()
    for _, text in pages(number):
        etree.fromstring(text.encode(), etree.HTMLParser())
    return time.process_time() - start


def table(result: dict[str, Any]) -> str:
    """Return the result as a Markdown table."""
    alone = result["parse_alone_cpu_seconds"]
    lines = [
        f"{result['pages']:,} pages; making and parsing them alone: {alone:.1f} s of CPU",
        "",
        "| source | CPU, s | wall, s | findings | paths | peak, MB |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r['source']} | {r['cpu_seconds']:.1f} | {r['wall_seconds']:.1f} | {r['findings']} | "
        f"{r['paths']:,} | {r['peak_mb']:.0f} |"
        for r in result["rows"]
    ]
    return "\n".join(lines)


def main() -> None:
    """Run, write the result as JSON unless quick, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    result = run(quick)
    if not quick:
        RESULT.write_text(json.dumps(result, indent=1) + "\n")
    print(table(result), file=sys.stdout)


if __name__ == "__main__":
    main()
