"""The page in a real browser: marks are drawn, nothing is asked of the network, everyone can read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import brief_cases
import pytest

AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
MARKS = """
figures => figures.map(figure => {
  const place = [...figure.querySelectorAll('.live, .still')].find(e => e.getBoundingClientRect().height > 1);
  const kinds = 'svg .mark-symbol path, svg .mark-line path, svg .mark-rule line';
  const marks = place ? [...place.querySelectorAll(kinds)] : [];
  const seen = marks.filter(e => { const b = e.getBoundingClientRect(); return b.width + b.height > 0; });
  return {id: figure.id, seen: seen.length, live: !!place && place.classList.contains('live'),
          places: [...figure.querySelectorAll('.live, .still')]
            .filter(e => e.getBoundingClientRect().height > 1).length};
})"""
NAMES = [*brief_cases.ALL, "two pools"]


@contextmanager
def opened(chromium: Any, path: Path, *, width: int = 1280) -> Iterator[Any]:
    """Open a page; fail on any message of the console, any error, any request but for the file itself."""
    context = chromium.new_context(viewport={"width": width, "height": 900})
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.on("request", lambda request: said.append(request.url) if request.url != path.as_uri() else None)
    page.goto(path.as_uri())
    page.wait_for_function("!document.querySelector('figure[data-chart]:not(.drawn)')")
    yield page
    context.close()
    assert said == []


@pytest.mark.parametrize("name", NAMES)
def test_every_chart_is_drawn_at_the_readers_width(chromium: Any, pages: dict[str, Path], name: str) -> None:
    with opened(chromium, pages[name]) as page:
        found = page.locator("figure[data-chart]").evaluate_all(MARKS)
    assert found
    assert all(f["seen"] > 0 and f["live"] and f["places"] == 1 for f in found), found


@pytest.mark.parametrize("width", [390, 1280])
def test_without_scripts_the_standing_pictures_are_drawn(
    chromium: Any, pages: dict[str, Path], width: int
) -> None:
    # A browser with scripts off answers no questions, so the script is taken out of the page instead.
    still = pages["language"].with_name(f"still-{width}.html")
    text = pages["language"].read_text("utf-8")
    still.write_text(re.sub(r'<script type="module">.*?</script>', "", text, flags=re.S), "utf-8")
    context = chromium.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(still.as_uri())
    found = page.locator("figure[data-chart]").evaluate_all(MARKS)
    context.close()
    assert len(found) == 7
    assert all(f["seen"] > 0 and not f["live"] and f["places"] == 1 for f in found), found


def test_a_chart_that_fails_to_draw_leaves_its_standing_picture(
    chromium: Any, pages: dict[str, Path]
) -> None:
    text = pages["language"].read_text("utf-8")
    broken = pages["language"].with_name("broken.html")
    broken.write_text(
        text.replace('"width":"container"', '"width":{"not":"a width"},"layer":7,"x":', 1), "utf-8"
    )
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(broken.as_uri())
    page.wait_for_timeout(1500)
    found = page.locator("figure[data-chart]").evaluate_all(MARKS)
    context.close()
    assert all(f["seen"] > 0 and f["places"] == 1 for f in found), found
    assert not found[0]["live"]


@pytest.mark.parametrize(("name", "width"), [*((name, 1280) for name in NAMES), ("two pools", 390)])
def test_axe_finds_nothing(chromium: Any, pages: dict[str, Path], name: str, width: int) -> None:
    with opened(chromium, pages[name], width=width) as page:
        page.evaluate(AXE)
        found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found["violations"]] == []


@pytest.mark.parametrize("name", ["two pools", "nulls"])
def test_no_width_needs_scrolling_sideways(chromium: Any, pages: dict[str, Path], name: str) -> None:
    with opened(chromium, pages[name], width=390) as page:
        for width in (390, 320, 768, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_headings_go_down_one_step_at_a_time(chromium: Any, pages: dict[str, Path]) -> None:
    for name in ("language", "two pools"):
        with opened(chromium, pages[name]) as page:
            levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
        assert levels.count(1) == 1
        assert all(b - a <= 1 for a, b in pairwise(levels))


def test_names_cannot_break_out_of_the_page(chromium: Any, pages: dict[str, Path]) -> None:
    text = pages["language"].read_text("utf-8")
    assert "<script>alert(1)</script>" not in text
    assert text.lower().count("</script>") == 1 + 7
    with opened(chromium, pages["language"]) as page:
        shown = page.locator("tbody th").all_inner_texts()
    assert "<script>alert(1)</script>" in shown and "</script><b>Bo" in shown


def test_ids_are_unique_and_the_policy_forbids_eval_and_the_network(pages: dict[str, Path]) -> None:
    text = pages["two pools"].read_text("utf-8")
    body = re.sub(r"<script.*?</script>", "", text, flags=re.S)
    ids = re.findall(r'\bid="([^"]+)"', body)
    assert len(ids) == len(set(ids))
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    assert policy[1].startswith("default-src &#39;none&#39;") or policy[1].startswith("default-src 'none'")
    assert "unsafe-eval" not in policy[1] and "http" not in policy[1]


def test_it_prints(chromium: Any, pages: dict[str, Path], tmp_path: Path) -> None:
    with opened(chromium, pages["two pools"]) as page:
        page.emulate_media(media="print")
        found = page.locator("figure[data-chart]").evaluate_all(MARKS)
        pdf = page.pdf(path=tmp_path / "brief.pdf", prefer_css_page_size=True)
    assert all(f["seen"] > 0 and not f["live"] and f["places"] == 1 for f in found), found
    assert pdf.startswith(b"%PDF") and pdf.count(b"/Type /Page\n") >= 4


def test_the_page_is_below_one_and_a_half_megabytes(pages: dict[str, Path]) -> None:
    assert pages["two pools"].stat().st_size < 1_500_000
