"""The page in a real browser: offline, for everybody, and of use with a hundred thousand items."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pytest

from commonweal.commons import decisions, disputes
from commonweal.commons.classify import Classification
from commonweal.commons.page import web_address
from commonweal.commons.publish import publish
from commonweal.commons.rules import from_toml

AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
DAY = date(2026, 11, 20)
TOML = """
title = "Commons <script>alert(1)</script>"
[[rule]]
id = "open"
verdict = "commons"
reason = "Open </script><img src=x>."
source = "javascript:alert(1)"
when = { licence = ["cc-by"] }
[[rule]]
id = "closed"
verdict = "not"
reason = "Closed."
source = "https://example.org/minutes"
when = { licence = ["cc-by-nc"] }
"""
VOTE = decisions.Vote(
    yes=3, no=1, abstain=0, electorate=9, quorum=3, method="hands", record="https://example.org/"
)
HOSTILE = {"id": "<b>x</b>", "licence": "CC BY 4.0", "title": "</script><script>alert(2)</script>"}


def rows(n: int) -> list[dict[str, Any]]:
    kinds = ["CC BY 4.0", "CC BY-NC 4.0", "house rules"]
    made = [
        {"id": f"w{i:06}", "licence": kinds[i % 3], "title": f"Title {i}", "url": f"https://example.org/{i}"}
        for i in range(n)
    ]
    return [HOSTILE | {"url": "javascript:alert(3)"}, *made] if n else []


def site(where: Path, n: int, per_page: int) -> Path:
    rules = from_toml(TOML)
    columns = ["id", "licence", "title", "url"]
    table = {name: pa.array([row[name] for row in rows(n)], pa.string()) for name in columns}
    where.mkdir()
    pacsv.write_csv(pa.table(table), where / "i.csv")
    decisions.append(where / "d.jsonl", id="1", on=DAY, by="assembly", vote=VOTE, rules=rules.sha256)
    disputes.open_(where / "s.jsonl", item="w000000", by="m-1", why="<i>w</i>", on=DAY)
    votes, doubts = decisions.read(where / "d.jsonl"), disputes.read(where / "s.jsonl")
    made = Classification(where / "i.csv", rules, decisions=votes, disputes=doubts)
    out = where / "site"
    publish(made, out, sources={}, decisions=votes, disputes=doubts, on=DAY, per_page=per_page)
    return out


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    where = tmp_path_factory.mktemp("sites")
    sizes = {"none": (0, 100), "few": (12, 100), "paged": (200, 64), "many": (100_000, 200_000)}
    return {name: site(where / name, n, per_page) for name, (n, per_page) in sizes.items()}


@contextmanager
def opened(chromium: Any, path: Path, *, width: int = 1280, scheme: str = "light") -> Iterator[Any]:
    """Open a page; fail on any message of the console, any error, any request but for files beside it."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab, said = context.new_page(), []
    beside = path.parent.as_uri()
    tab.on("console", lambda message: said.append(f"console: {message.text}"))
    tab.on("pageerror", lambda error: said.append(f"error: {error}"))
    tab.on("request", lambda r: None if r.url.startswith(f"{beside}/") else said.append(r.url))
    tab.on("dialog", lambda dialog: said.append("a dialog"))
    tab.goto(path.as_uri())
    yield tab
    context.close()
    assert said == []


def shown(tab: Any, text: str) -> str:
    """Search, and return what is said of the result."""
    tab.fill("#text", text)
    tab.locator("#text").press("Enter")
    return str(tab.locator("#shown").inner_text())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["none", "few", "paged", "many"])
def test_axe_finds_nothing(chromium: Any, sites: dict[str, Path], name: str, width: int, scheme: str) -> None:
    with opened(chromium, sites[name] / "index.html", width=width, scheme=scheme) as tab:
        tab.evaluate(AXE)
        found = tab.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found["violations"]] == []


def test_items_are_found_by_identifier_title_verdict_and_rule(chromium: Any, sites: dict[str, Path]) -> None:
    with opened(chromium, sites["few"] / "index.html") as tab:
        assert tab.locator("#shown").inner_text() == "1–13 of 13"
        assert shown(tab, "W000003") == "1–1 of 1"
        row = tab.locator("#rows tr").first
        assert row.locator("a").get_attribute("href") == "https://example.org/3"
        assert "commons" in row.inner_text()
        assert shown(tab, "title 3") == "1–1 of 1"
        assert shown(tab, "no such") == "None."
        shown(tab, "")
        tab.select_option("#verdict", "not")
        assert tab.locator("#shown").inner_text() == "1–4 of 4"
        tab.select_option("#rule", "open")
        assert tab.locator("#shown").inner_text() == "None."
        tab.select_option("#rule", "")
        tab.select_option("#verdict", "disputed")
        assert tab.locator("#rows tr").count() == 1
        assert "undecided, disputed" in tab.locator("#rows tr").inner_text()


def test_what_others_wrote_stays_text(chromium: Any, sites: dict[str, Path]) -> None:
    with opened(chromium, sites["few"] / "index.html") as tab:
        assert tab.locator("h1").inner_text() == "Commons <script>alert(1)</script>"
        shown(tab, "<b>x")
        row = tab.locator("#rows tr").first
        assert "</script><script>alert(2)</script>" in row.inner_text()
        assert row.locator("a").count() == 0
        assert tab.locator("img, i").count() == 0
        assert tab.locator("a[href^='javascript']").count() == 0


def test_a_hundred_thousand_items_are_searched_and_drawn_fifty_at_a_time(
    chromium: Any, sites: dict[str, Path]
) -> None:
    with opened(chromium, sites["many"] / "index.html") as tab:
        assert tab.locator("#shown").inner_text() == "1–50 of 100,001"
        assert tab.locator("#rows tr").count() == 50
        tab.click("#next")
        assert tab.locator("#shown").inner_text() == "51–100 of 100,001"
        assert tab.locator("#back").is_enabled()
        assert shown(tab, "w09999") == "1–10 of 10"
        assert tab.locator("#next").is_disabled()


def test_many_pages_name_the_one_that_holds_an_identifier(chromium: Any, sites: dict[str, Path]) -> None:
    folder = sites["paged"]
    assert sorted(p.name for p in folder.glob("*.html")) == [
        "index.html", "page-2.html", "page-3.html", "page-4.html",
    ]  # fmt: skip
    with opened(chromium, folder / "index.html") as tab:
        for item, page in (("<b>x</b>", 1), ("w000062", 1), ("w000063", 2), ("w000190", 3), ("w000199", 4)):
            shown(tab, item)
            assert tab.locator("#elsewhere a").inner_text() == f"page {page} of 4"
        tab.click("#elsewhere a")
        assert tab.locator("#shown").inner_text() == "1–1 of 1"
        assert tab.locator("h1 ~ nav strong, nav strong").inner_text() == "4"


def test_without_scripts_counts_rules_and_files_are_there(chromium: Any, sites: dict[str, Path]) -> None:
    context = chromium.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto((sites["few"] / "index.html").as_uri())
    text = tab.locator("body").inner_text()
    for words in ("in the commons", "licence is cc-by", "3 for, 1 against", "snapshot.parquet", "in force"):
        assert words in text
    assert not tab.locator("#search").is_visible()
    context.close()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("https://example.org/a?b", True),
        ("http://example.org", True),
        ("javascript:alert(1)", False),
        ("//example.org", False),
        ("https:", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_only_web_addresses_become_links(text: str, kept: bool) -> None:
    assert web_address(text) == (text if kept else "")
