"""What the page on rights says holds."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

from commonweal.intake.rights import services
from commonweal.intake.rights.kinds import Kind
from commonweal.intake.rights.services import Sourced

PAGE = (Path(__file__).parents[3] / "docs/how-it-works/rights.md").read_text(encoding="utf-8")


def test_the_figures_are_those_of_the_data() -> None:
    settings: list[Sourced] = [f for s in services() for f in s.settings]
    contacts: list[Sourced] = [f for s in services() for f in s.contacts]
    deletions: list[Sourced] = [s.deletion for s in services() if s.deletion]
    facts = settings + contacts + deletions

    def open_of(some: list[Sourced]) -> str:
        return f"{sum(not f.verified for f in some)} of {len(some)}"

    said = (
        f"Of the {len(facts)} facts on {len(services())} services, {sum(not f.verified for f in facts)} "
        f"are not verified: {open_of(settings)} settings, {open_of(contacts)} contacts, "
        f"{open_of(deletions)} ways to delete an account."
    )
    assert said in " ".join(PAGE.split())


def test_the_table_names_each_kind_of_letter_once() -> None:
    assert re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.M) == [kind.value for kind in Kind]


def test_the_example_in_python_prints_what_the_page_says() -> None:
    code = re.search(r"```python\n(.*?)```", PAGE, re.S)
    assert code is not None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code[1], "rights.md", "exec"), {})
    said = re.search(r"print\(.*\)  # (.*)", code[1])
    assert said is not None
    assert printed.getvalue().strip() == said[1]
