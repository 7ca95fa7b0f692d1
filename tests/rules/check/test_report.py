"""The report in a real browser: everyone can read it, at every width; nothing of a site breaks out of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from check_sites import Site, page, tdm

AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
BAD = (
    "# No AI training.\nUser-agent: GPTBot\nDisallow: /\n\nUser-agent: *\nDisallow:\nDisallow: /private/\n"
    "Content-Usage: /private/ train-ai=n, bots=y\nContent-Usage: search=y, <script>alert(1)</script>=n\n"
    "License: https://guild.example/<b>rsl.xml\n"
)
SITES = {
    "much": Site({
        "/robots.txt": BAD, "/.well-known/tdmrep.json": tdm(("/", 0)),
        **{f"/{i}/{'x' * 300}.html": page('<meta name="tdm-reservation" content="1">') for i in range(90)},
        "/": page(),
    }, {"/": {"TDM-Reservation": "yes"}}),
    "nothing": Site({"/": page()}),
    "empty": Site({}),
}  # fmt: skip


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    where = tmp_path_factory.mktemp("reports")
    for name, site in SITES.items():
        (where / f"{name}.html").write_text(site.check().html(), "utf-8")
    return {name: where / f"{name}.html" for name in SITES}


@contextmanager
def opened(chromium: Any, path: Path, *, width: int = 1280) -> Iterator[Any]:
    """Open a page; fail on any message of the console, any error, any request but for the file itself."""
    context = chromium.new_context(viewport={"width": width, "height": 900})
    tab, said = context.new_page(), []
    tab.on("console", lambda message: said.append(f"console: {message.text}"))
    tab.on("pageerror", lambda error: said.append(f"error: {error}"))
    tab.on("request", lambda request: said.append(request.url) if request.url != path.as_uri() else None)
    tab.goto(path.as_uri())
    yield tab
    context.close()
    assert said == []


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", SITES)
def test_axe_finds_nothing(chromium: Any, reports: dict[str, Path], name: str, width: int) -> None:
    with opened(chromium, reports[name], width=width) as tab:
        tab.evaluate(AXE)
        found = tab.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found["violations"]] == []


@pytest.mark.parametrize("name", SITES)
def test_no_width_needs_scrolling_sideways(chromium: Any, reports: dict[str, Path], name: str) -> None:
    with opened(chromium, reports[name], width=390) as tab:
        for width in (320, 390, 768, 1280):
            tab.set_viewport_size({"width": width, "height": 900})
            assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_headings_go_down_one_step_at_a_time(chromium: Any, reports: dict[str, Path]) -> None:
    for path in reports.values():
        with opened(chromium, path) as tab:
            levels = tab.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
        assert levels.count(1) == 1
        assert all(b - a <= 1 for a, b in pairwise(levels))


def test_text_of_the_site_cannot_break_out_of_the_page(chromium: Any, reports: dict[str, Path]) -> None:
    text = reports["much"].read_text("utf-8")
    assert "<script" not in text
    assert "<b>" not in text
    assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text
    with opened(chromium, reports["much"]) as tab:
        assert "rsl.xml" in tab.locator("main").inner_text()


def test_it_says_what_it_found_and_how_often(chromium: Any, reports: dict[str, Path]) -> None:
    with opened(chromium, reports["much"]) as tab:
        shown = tab.locator("body").inner_text()
    for words in ("aipref-retired-label", "announced-missing", "Mend:", "met 90 times", "gptbot"):
        assert words in shown
    with opened(chromium, reports["nothing"]) as tab:
        assert "nothing is said of any use" in tab.locator("body").inner_text().lower()


def test_it_prints(chromium: Any, reports: dict[str, Path], tmp_path: Path) -> None:
    with opened(chromium, reports["much"]) as tab:
        tab.emulate_media(media="print")
        pdf = tab.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
