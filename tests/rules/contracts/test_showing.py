"""Contracts for people: a page and a PDF that show all that was signed, and run nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cases import (
    END,
    KNOWN,
    LICENSEE,
    START,
    WRITERS,
    drafted,
    from_template,
    signed,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.rules import templates
from commonweal.rules.contracts import Contract, Signatory, to_html, to_pdf, verify
from commonweal.rules.contracts.prose import Block, blocks

AT = datetime(2028, 1, 1, tzinfo=UTC)
HOSTILE = '<img src=x onerror="alert(1)"> & </style><script>alert(2)</script>'
ODD = signed(
    drafted(
        parties=[Signatory("Writers", "licensor", WRITERS.public.hex, address=HOSTILE), LICENSEE],
        text=f"# {HOSTILE}\n\n## {HOSTILE}\n\n{HOSTILE}\n\n- {HOSTILE}\n",
        title=HOSTILE,
    )
)


class Page(HTMLParser):
    """The elements and the visible text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts))


def pdf_text(raw: bytes, tmp_path: Path) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext on PATH")
    (tmp_path / "c.pdf").write_bytes(raw)
    command = ["pdftotext", "-layout", str(tmp_path / "c.pdf"), "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return re.sub(r"\s+", " ", done.stdout)


def shown(contract: Contract) -> list[str]:
    """Return every word of the contract's text, less the marks of headings and items."""
    return re.sub(r"^(#+|-) ", "", contract.text, flags=re.MULTILINE).split()


@pytest.mark.parametrize("name", templates.names())
def test_page_and_pdf_show_all_words_parties_hashes_and_signatures(name: str, tmp_path: Path) -> None:
    contract = signed(from_template(name))
    found = verify(contract, at=AT, known=KNOWN)
    assert found.ok
    page, paper = Page(to_html(contract, found)).text, pdf_text(to_pdf(contract, found), tmp_path)
    for text in (page, paper):
        for part in (contract.sha256, contract.text_sha256, "Signed by all parties, unaltered, and in force"):
            assert part in text
        for party in contract.parties:
            assert party.name in text
            assert party.public_key in text
        assert "compared with keys known from elsewhere" in text
        missing = [word for word in shown(contract) if word not in text]
        # Where a line of the PDF ends, long words may break.
        assert not [w for w in missing if len(w) < 30]
    for signature in contract.signatures:
        assert signature.value in page


def test_what_is_wrong_is_shown_in_words(tmp_path: Path) -> None:
    for text in (Page(to_html(drafted())).text, pdf_text(to_pdf(drafted()), tmp_path)):
        assert "Does not stand on" in text
        assert "The signature of Builder Ltd is missing." in text
        assert "not signed" in text
        assert "Whose keys they are, ask the parties" in text
    ended = verify(signed(drafted()), at=END)
    assert "Ended on 2030-01-01T00:00:00Z." in Page(to_html(signed(drafted()), ended)).text


def test_a_verification_of_another_contract_is_not_shown() -> None:
    good = verify(signed(drafted()), at=START)
    for other in (drafted(), signed(drafted(text="Other."))):
        with pytest.raises(InputError, match="another contract"):
            to_html(other, good)
        with pytest.raises(InputError, match="another contract"):
            to_pdf(other, good)


def test_a_contract_that_has_no_hash_is_shown_with_what_is_wrong() -> None:
    broken = msgspec.structs.replace(drafted(), blanks={"a": float("nan")})
    assert "fraction nan" in Page(to_html(broken)).text
    assert to_pdf(broken).startswith(b"%PDF")


def test_names_and_texts_can_not_add_elements_to_the_page() -> None:
    page = Page(to_html(ODD, verify(ODD, at=START)))
    assert not {"script", "img", "iframe", "link", "form", "a", "object"} & {tag for tag, _ in page.elements}
    assert not [a for _, attributes in page.elements for a in attributes if a.startswith("on")]
    assert [tag for tag, _ in page.elements].count("style") == 1
    assert page.text.count("alert(1)") >= 4


def test_markup_in_names_and_texts_is_shown_as_it_is_on_paper(tmp_path: Path) -> None:
    text = pdf_text(to_pdf(ODD, verify(ODD, at=START)), tmp_path)
    assert text.count('<img src=x onerror="alert(1)">') >= 4


def test_the_page_asks_for_nothing_and_forbids_scripts() -> None:
    html = to_html(signed(drafted()))
    policy = next(a["content"] for tag, a in Page(html).elements if "http-equiv" in a)
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src" not in policy
    assert not re.search(r"\b(src|href)=|@import|url\(", html)


def test_the_pdf_has_metadata_and_is_made_again_the_same() -> None:
    contract = signed(from_template("no-ai"))
    found = verify(contract, at=AT)
    raw = to_pdf(contract, found)
    assert raw == to_pdf(contract, found)
    assert raw.startswith(b"%PDF")
    for part in (b"/Title", b"/Author", contract.sha256.encode(), b"/Lang (en)", b"D:20280101000000"):
        assert part in raw


@pytest.mark.parametrize("name", ["作家協会", "اتحاد", "סופרים", "लेखक"])
def test_letters_that_no_font_can_set_are_refused_and_not_left_out(name: str) -> None:
    contract = drafted(parties=[Signatory(name, "licensor", WRITERS.public.hex), LICENSEE])
    assert name in to_html(contract)
    try:
        to_pdf(contract)
    except InputError as error:
        assert "U+" in str(error)
        assert "HTML page" in str(error)
    else:
        assert name == "作家協会"  # a font that has them may be installed


def test_a_font_of_ones_own_is_used_and_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    import reportlab

    own = Path(reportlab.__file__).parent / "fonts" / "VeraIt.ttf"
    assert b"BitstreamVeraSans-Oblique" in to_pdf(drafted(), font=own)
    (tmp_path / "no.ttf").write_text("junk")
    with pytest.raises(InputError, match="TrueType"):
        to_pdf(drafted(), font=tmp_path / "no.ttf")
    with pytest.raises(InputError, match="no font at hand"):
        to_pdf(drafted(text="作"), font=own)


def test_a_long_text_and_many_problems_run_over_pages() -> None:
    contract = drafted(text="# Long\n\n" + "\n\n".join(f"## {i}\n\n" + "word " * 400 for i in range(40)))
    assert to_pdf(contract).count(b"/Type /Page\n") > 20
    assert to_pdf(drafted(text="x" * 20_000)).startswith(b"%PDF")


def test_headings_items_and_paragraphs_are_told_apart() -> None:
    text = "# T\n\n## H\nfirst\nsecond\n- a\n- b\nmore\n\n1. one\n#no heading\n"
    assert blocks(text) == [
        Block("title", "T"),
        Block("heading", "H"),
        Block("paragraph", "first\nsecond"),
        Block("item", "a"),
        Block("item", "b\nmore"),
        Block("paragraph", "1. one\n#no heading"),
    ]


@settings(max_examples=300)
@given(st.text("ab #-*\n", max_size=60))
def test_no_word_of_a_text_is_lost_whatever_its_marks(text: str) -> None:
    words = re.sub(r"^(#{1,6}|[-*]) +(?=\S)", "", text, flags=re.MULTILINE).split()
    assert "\n".join(b.text for b in blocks(text)).split() == words


def test_the_page_fits_a_phone_and_complains_of_nothing(tmp_path: Path, chromium: Any) -> None:
    (tmp_path / "c.html").write_text(to_html(ODD, verify(ODD, at=START)), "utf-8")
    said: list[str] = []
    for width in (320, 1100):
        page = chromium.new_page(viewport={"width": width, "height": 800})
        page.on("console", lambda message: said.append(message.text))
        page.on("dialog", lambda dialog: said.append("dialog"))
        page.goto((tmp_path / "c.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.close()
    assert not said
