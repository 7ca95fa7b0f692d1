"""The review in a browser: finds are decided on, saved, gone on from later; what was decided is applied."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from commonweal.errors import InputError
from commonweal.intake.redaction import Finder, Surrogates
from commonweal.intake.redaction.review import Application, Review, load, save

AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
KEY = bytes(range(32))
TEXTS = [
    ("notes.txt", "Ann <ann@example.org> wrote to Bob, +49 30 1234567. <script>alert(1)</script> </script>"),
    ("part:1/0:text", "Answer ann@example.org or bob@example.org; from 86.121.97.248, not ünï 日本 10.0.0.5"),
    ("part:2/0:text", "Nothing here."),
]
FINDER = Finder(names=["Ann Lee", "Bob Ray"])


def review(texts: list[tuple[str, str]] = TEXTS) -> Review:
    return Review(texts, FINDER, Surrogates(KEY))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    where = tmp_path_factory.mktemp("reviews")
    many = [
        (f"part:{i}/0:text", f"Number {i}: u{i}@example.org, call me on +49 30 {1000000 + i}")
        for i in range(5000)
    ]
    for name, texts in {"few": TEXTS, "many": many, "none": TEXTS[2:]}.items():
        (where / f"{name}.html").write_text(review(texts).page("a <b>test</b>"), "utf-8")
    return {name: where / f"{name}.html" for name in ("few", "many", "none")}


@contextmanager
def opened(chromium: Any, path: Path, *, width: int = 1280) -> Iterator[Any]:
    """Open a page; fail on any message of the console, any error, any request but for the file itself."""
    context = chromium.new_context(viewport={"width": width, "height": 900})
    tab, said = context.new_page(), []
    tab.on("console", lambda message: said.append(f"console: {message.text}"))
    tab.on("pageerror", lambda error: said.append(f"error: {error}"))
    tab.on(
        "request",
        lambda r: said.append(r.url) if r.url != path.as_uri() and not r.url.startswith("blob:") else None,
    )
    tab.goto(path.as_uri())
    yield tab
    context.close()
    assert said == []


def saved(tab: Any, path: Path) -> Path:
    with tab.expect_download() as waiting:
        tab.click("#save")
    waiting.value.save_as(path)
    assert waiting.value.suggested_filename == "review.json"
    return path


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["few", "many", "none"])
def test_axe_finds_nothing(chromium: Any, pages: dict[str, Path], name: str, width: int) -> None:
    with opened(chromium, pages[name], width=width) as tab:
        tab.evaluate(AXE)
        found = tab.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found["violations"]] == []


def test_no_width_needs_scrolling_sideways(chromium: Any, pages: dict[str, Path]) -> None:
    with opened(chromium, pages["few"], width=390) as tab:
        for width in (320, 390, 768, 1280):
            tab.set_viewport_size({"width": width, "height": 900})
            assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_text_can_not_break_out_of_the_page(chromium: Any, pages: dict[str, Path]) -> None:
    with opened(chromium, pages["few"]) as tab:
        assert "<script>alert(1)</script>" in tab.locator("#list").inner_text()
        assert tab.locator("h1").inner_text() == "What looks private in a <b>test</b>"
        assert "For your eyes only" in tab.locator("header").inner_text()


def test_what_is_decided_on_the_page_is_what_is_applied(
    chromium: Any, pages: dict[str, Path], tmp_path: Path
) -> None:
    with opened(chromium, pages["few"]) as tab:
        tab.click("button[aria-label='Accept all: e-mail address']")
        tab.fill("#text", "86.121.97.248")
        tab.locator("#list li button.reject").click()
        assert tab.locator("#count").inner_text() == "4 of 8 decided"
        decided = load(saved(tab, tmp_path / "review.json"))
    counts = [f.decision for f in decided.finds]
    assert (counts.count("accept"), counts.count("reject"), counts.count("open")) == (3, 1, 4)
    application = Application(decided, Surrogates(KEY))
    clean = [application.clean(*text) for text in TEXTS]
    application.done()
    assert application.replaced.total() == 7
    assert "86.121.97.248" in clean[1]
    assert "not ünï 日本 [ip address" in clean[1]
    assert not any(word in " ".join(clean) for word in ("Ann", "Bob", "example.org", "1234567", "10.0.0.5"))
    assert clean[2] == "Nothing here."
    mail = clean[1].split()[1] + " " + clean[1].split()[2]
    assert mail in clean[0]
    assert mail.startswith("[email ")


def test_all_of_a_value_can_be_decided_at_once_and_with_keys(
    chromium: Any, pages: dict[str, Path], tmp_path: Path
) -> None:
    with opened(chromium, pages["few"]) as tab:
        tab.select_option("#kind", "email")
        tab.fill("#text", "ann@example.org")
        assert tab.locator("#list li").count() == 2
        tab.locator("#list li").first.focus()
        tab.keyboard.press("Shift+R")
        tab.fill("#text", "")
        tab.select_option("#kind", "phone")
        tab.locator("#list li").first.focus()
        tab.keyboard.press("a")
        tab.select_option("#kind", "")
        tab.locator("#list li").first.focus()
        for key in "jjk":
            tab.keyboard.press(key)
        assert tab.evaluate("[...document.querySelectorAll('#list li')].indexOf(document.activeElement)") == 1
        tab.select_option("#state", "reject")
        assert tab.locator("#list li").count() == 2
        decided = load(saved(tab, tmp_path / "review.json"))
    verdicts = {(f.kind, f.where, f.start): f.decision for f in decided.finds}
    assert [d for (kind, _, _), d in sorted(verdicts.items()) if kind == "email"] == [
        "reject",
        "reject",
        "open",
    ]
    assert [d for (kind, _, _), d in verdicts.items() if kind == "phone"] == ["accept"]


def test_a_saved_file_is_gone_on_from(chromium: Any, pages: dict[str, Path], tmp_path: Path) -> None:
    file = tmp_path / "review.json"
    save(review().decisions("reject"), file)
    (tmp_path / "other.json").write_text("{}")
    with opened(chromium, pages["few"]) as tab:
        tab.set_input_files("#load", tmp_path / "other.json")
        tab.locator("#said", has_text="no decisions").wait_for()
        tab.set_input_files("#load", file)
        tab.locator("#said", has_text="8 of 8 finds").wait_for()
        assert tab.locator("#count").inner_text() == "8 of 8 decided"
        assert load(saved(tab, tmp_path / "again.json")) == load(file)


def test_ten_thousand_finds_are_drawn_a_page_at_a_time(chromium: Any, pages: dict[str, Path]) -> None:
    with opened(chromium, pages["many"]) as tab:
        assert tab.locator("#count").inner_text() == "0 of 10000 decided"
        assert tab.locator("#list li").count() == 50
        tab.click("#next")
        assert tab.locator("#shown").inner_text() == "51–100 of 10000"
        tab.fill("#text", "u4321@")
        assert tab.locator("#shown").inner_text() == "1–1 of 1"
        tab.click("button[aria-label='Reject all: phone number']")
        assert tab.locator("#count").inner_text() == "5000 of 10000 decided"


def test_nothing_found_is_said(chromium: Any, pages: dict[str, Path]) -> None:
    with opened(chromium, pages["none"]) as tab:
        assert tab.locator("#shown").inner_text() == "None."
        assert "0 finds in 1 text" in tab.locator("header").inner_text()


def test_the_file_holds_no_value_and_no_digest_that_could_be_tried_out(tmp_path: Path) -> None:
    save(review().decisions(), tmp_path / "review.json")
    text = (tmp_path / "review.json").read_text()
    assert not any(word in text for word in ("ann@", "Ann", "1234567", "86.121"))
    other = Review(TEXTS, FINDER, Surrogates(bytes(32))).decisions()
    assert {f.sha256 for f in other.finds}.isdisjoint(f.sha256 for f in review().decisions().finds)


def test_no_word_claims_too_much(pages: dict[str, Path]) -> None:
    assert "anonym" not in pages["few"].read_text("utf-8").lower()


@pytest.mark.parametrize(
    "texts",
    [
        [(TEXTS[0][0], TEXTS[0][1].replace("ann@", "eve@")), *TEXTS[1:]],  # a find
        [*TEXTS[:2], ("part:2/0:text", "Nothing there.")],  # what was read and held nothing
        [*TEXTS, ("part:3/0:text", "New.")],
        TEXTS[1:],
    ],
    ids=["changed find", "changed text", "added", "removed"],
)
def test_texts_that_were_not_reviewed_are_refused(texts: list[tuple[str, str]]) -> None:
    application = Application(review().decisions(), Surrogates(KEY))

    def all_of_them() -> None:
        for text in texts:
            application.clean(*text)
        application.done()

    with pytest.raises(InputError, match="review"):
        all_of_them()


def test_another_key_or_other_positions_are_refused() -> None:
    decided = review().decisions()
    with pytest.raises(InputError):
        Application(decided, Surrogates(bytes(32))).clean(*TEXTS[0])
    twice = type(decided)(decided.texts, [*decided.finds, decided.finds[0]])
    with pytest.raises(InputError):
        Application(twice, Surrogates(KEY)).clean(*TEXTS[0])


def test_a_file_of_another_shape_or_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "review.json"
    save(review().decisions(), path)
    good = json.loads(path.read_text())
    for spoilt in ({**good, "version": 2}, {**good, "more": 1}, {"finds": []}, []):
        path.write_text(json.dumps(spoilt))
        with pytest.raises(InputError):
            load(path)
    bad = dict(good["finds"][0], decision="maybe")
    path.write_text(json.dumps({**good, "finds": [bad]}))
    with pytest.raises(InputError):
        load(path)


def test_a_text_with_half_a_character_is_shown(chromium: Any, tmp_path: Path) -> None:
    path = tmp_path / "half.html"
    path.write_text(review([("a", "\ud83d ann@example.org")]).page("half"), "utf-8")
    with opened(chromium, path) as tab:
        assert "ann@example.org" in tab.locator("#list").inner_text()
