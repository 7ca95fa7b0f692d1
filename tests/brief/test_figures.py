"""The same figure reads the same in the terminal, in JSON and on the page; the files hold it in full."""

from __future__ import annotations

import html
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import brief_cases
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from commonweal.briefing import brief, figures, page, print_case, print_result
from commonweal.briefing.headlines import headlines
from commonweal.briefing.sections import sections
from commonweal.errors import MissingExtraError


def printed(case: object, show: object = print_case) -> str:
    out = io.StringIO()
    show(Console(file=out, width=400, color_system=None), case)  # type: ignore[operator]
    return re.sub(r"\s+", " ", out.getvalue())


def plain(page: str) -> str:
    text = re.sub(r"<(script|style).*?</\1>|<svg.*?</svg>", "", page, flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", text)))


@pytest.mark.parametrize("name", list(brief_cases.ALL))
def test_cells_and_sentences_agree_to_the_digit(pages: dict[str, Path], name: str) -> None:
    case = brief_cases.ALL[name]()
    terminal, shown = printed(case), plain(pages[name].read_text("utf-8"))
    data = json.loads(pages[name].with_name("brief.json").read_text("utf-8"))["cases"][0]
    assert [h["title"] for h in data["headlines"]] == [h.title for h in headlines(case)]
    for section in data["sections"]:
        texts = [*section["sentences"], section["heading"], section["missing"]]
        texts += [cell for table in section["tables"] for row in table["rows"] for cell in row]
        for text in texts:
            assert re.sub(r"\s+", " ", text) in terminal
            assert re.sub(r"\s+", " ", text) in shown


def test_every_figure_of_json_is_somewhere_on_the_page() -> None:
    case = brief_cases.language()
    page = plain(brief(case).html())
    for figure in figures(case):
        value = figure.text.split(" (")[0].removesuffix(f" {figure.unit}").removesuffix(" times fewer")
        assert value in page, figure


def test_the_headline_strike_is_the_row_of_the_table() -> None:
    case = brief_cases.language()
    strike = next(f for f in figures(case) if f.id == "strike_others")
    table = next(s for s in sections(case) if s.id == "strikes").tables[0]
    assert strike.text in {row[1] for row in table.rows}


def test_files_hold_every_result_in_full_with_documented_columns(tmp_path: Path) -> None:
    case = brief_cases.language()
    path = brief(case).write(tmp_path)
    assert path == tmp_path / "brief.html"
    data = json.loads((tmp_path / "brief.json").read_text("utf-8"))
    assert data["schema"] == "commonweal/brief/1"
    for name, result in case.results.items():
        table = pq.read_table(tmp_path / "tables" / f"{name}.parquet")
        assert table.equals(result.table)
        assert table.schema.metadata[b"schema"].decode() == result.schema
        for field in table.schema:
            assert field.metadata[b"description"].decode() == result.columns[field.name]
        assert (
            json.loads((tmp_path / "tables" / f"{name}.json").read_text("utf-8"))
            == data["cases"][0]["results"][name]
        )
        assert data["cases"][0]["tables"][name] == f"tables/{name}.parquet"
    assert json.loads((tmp_path / "receipt.json").read_text("utf-8")) == case.receipt


def test_two_pools_do_not_overwrite_each_other(tmp_path: Path) -> None:
    first, second = brief_cases.language(), brief_cases.ratings()
    brief(first, second).write(tmp_path)
    data = json.loads((tmp_path / "brief.json").read_text("utf-8"))
    for case, told in zip((first, second), data["cases"], strict=True):
        assert set(told["tables"]) == set(case.results)
        assert all((tmp_path / where).exists() for where in told["tables"].values())
    assert (tmp_path / data["cases"][0]["receipt"]).exists()


def test_a_result_can_be_printed_by_itself_as_in_the_brief() -> None:
    case = brief_cases.language()
    for name, result in case.results.items():
        text = printed(result, print_result)
        assert len(text) > 100, name
    assert "+7.8% (+4.7 to +10.9)" in printed(case.strike, print_result)
    assert "+7.8% (+4.7 to +10.9)" in printed(case)


def test_owners_beyond_the_limit_are_counted_on_the_page_and_kept_in_the_files(tmp_path: Path) -> None:
    case = brief_cases.many(1_017)
    page = plain(brief(case).html())
    assert "and 957 more" in page
    brief(case).write(tmp_path)
    assert pq.read_table(tmp_path / "tables" / "appraisal.parquet").num_rows == 1_017


def test_a_hundred_thousand_owners_make_a_page_of_ordinary_size() -> None:
    page = brief(brief_cases.many()).html()
    assert len(page.encode()) < 1_500_000
    assert "and 99,940 more" in page


def test_names_can_be_left_out_of_the_page_and_of_all_files(tmp_path: Path) -> None:
    case = brief_cases.language(12, receipt={"owners": ["Writer 07"], "note": "Writer 08 has one work"})
    brief(case, anonymise=True).write(tmp_path)
    names = case.appraisal.table["owner"].to_pylist()
    for path in tmp_path.rglob("*"):
        if path.suffix in {".json", ".html"}:
            text = path.read_text("utf-8")
            text = re.sub(r'<script type="module">.*?</script>', "", text, flags=re.S)
            assert not [n for n in names if n in text or html.escape(n) in text], path
        elif path.suffix == ".parquet":
            table = pq.read_table(path)
            cells = {str(v) for column in table.columns for v in column.to_pylist()}
            assert not cells & set(names)
    data = json.loads((tmp_path / "receipt.json").read_text("utf-8"))
    assert data == {"owners": ["writer 7"], "note": "writer 8 has one work"}


def test_the_reference_page_says_what_the_result_classes_say() -> None:
    script = Path(__file__).parents[2] / "scripts" / "brief_json.py"
    assert subprocess.run([sys.executable, script, "--check"], check=False).returncode == 0


@pytest.mark.parametrize(("module", "package"), [("jinja2", "Jinja2"), ("vl_convert", "vl-convert-python")])
def test_a_missing_extra_is_named_and_nothing_is_half_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, module: str, package: str
) -> None:
    page.runtime.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"{package}.*commonweal\[brief\]"):
        brief(brief_cases.one_owner()).write(tmp_path / "out")
    assert not (tmp_path / "out").exists()
