"""Sites written in a few lines, and the report on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from commonweal.rules.check.checking import Report, of_evidence
from commonweal.rules.check.collect import Collection, Response
from commonweal.rules.check.evidence import gather

ORIGIN = "https://guild.example"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
TYPES = {
    "txt": "text/plain", "html": "text/html", "json": "application/json", "xml": "application/rsl+xml",
    "rss": "application/rss+xml", "jpg": "image/jpeg", "pdf": "application/pdf",
}  # fmt: skip


class Site:
    """A source: answers by path."""

    def __init__(
        self,
        files: Mapping[str, str | bytes],
        headers: Mapping[str, Mapping[str, str]] | None = None,
        status: Mapping[str, int] | None = None,
        *,
        whole: bool = True,
        origin: str = ORIGIN,
    ) -> None:
        self.files, self.headers, self.status = files, headers or {}, status or {}
        self.collection = Collection(origin, whole)

    def __iter__(self) -> Iterator[Response]:
        for path, content in self.files.items():
            kind = TYPES.get(path.rsplit(".", 1)[-1], "text/html")
            own = {k.lower(): v for k, v in self.headers.get(path, {}).items()}
            headers = {"content-type": kind, **own}
            body = content.encode() if isinstance(content, str) else content
            yield Response(
                self.collection.origin + path, self.status.get(path, 200), tuple(headers.items()), body, NOW
            )

    def check(self) -> Report:
        return of_evidence(gather(self))

    def codes(self) -> set[str]:
        return {f.code for f in self.check().findings}


def page(head: str = "", body: str = "<p>Words.</p>") -> str:
    start = "<!doctype html>\n<html lang=en>\n<head>\n<title>A page</title>\n"
    return f"{start}{head}\n</head>\n<body>{body}</body></html>"


def rsl(*licence: str, url: str = "/") -> str:
    inside = "".join(licence) or '<prohibits type="usage">all</prohibits>'
    return (
        '<rsl xmlns="https://rslstandard.org/rsl">\n'
        f'<content url="{url}">\n<license>\n{inside}\n</license>\n</content>\n</rsl>'
    )


def tdm(*rows: tuple[str, int]) -> str:
    said = ", ".join(f'{{"location": "{path}", "tdm-reservation": {value}}}' for path, value in rows)
    return f"[{said}]"
