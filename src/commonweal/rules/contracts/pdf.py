"""A contract on paper: a PDF with its text, parties, signatures, hashes and what verification found."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from commonweal.errors import InputError, MissingExtraError
from commonweal.rules.contracts.contract import Contract
from commonweal.rules.contracts.verification import Verification
from commonweal.rules.contracts.view import View, view
from commonweal.rules.contracts.wording import listed

# Bitstream Vera comes with reportlab; the others are used where they are installed and Vera lacks a letter.
_FACES = (
    ("Vera.ttf", "VeraBd.ttf"),
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
)
_INK, _SOFT, _LINE, _WASH, _GOOD, _BAD = "#1d1b18", "#55514a", "#dedad1", "#f6f2ea", "#14496b", "#a8430f"


@dataclass(frozen=True)
class _Faces:
    plain: str
    bold: str


def to_pdf(
    contract: Contract, verification: Verification | None = None, *, font: str | Path | None = None
) -> bytes:
    """Return a contract as PDF, A4; the same contract and verification give the same bytes on one machine.

    Parameters
    ----------
    contract : Contract
    verification : Verification, optional
        As for `to_html`.
    font : str or Path, optional
        A TrueType font to set it in, for letters that the usual fonts lack.

    Raises
    ------
    InputError
        If no font at hand has all letters, or some are of a script that is not set here letter by letter
        (Arabic, Hebrew, Indic scripts): a contract is not shown with holes.
    MissingExtraError
        If reportlab is absent (extra `rules`).
    """
    try:
        from reportlab.lib.pagesizes import A4
        from reportlab.lib.units import mm
        from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate
    except ImportError as error:
        raise MissingExtraError("reportlab", "rules", "contracts as PDF") from error
    shown = view(contract, verification)
    faces = _faces(set("".join(_strings(shown))), font)
    names = listed([p.name for p in contract.parties])
    out = io.BytesIO()
    width, height, side, foot = A4[0] - 48 * mm, A4[1] - 46 * mm, 24 * mm, 24 * mm
    frame = Frame(side, foot, width, height, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
    document = BaseDocTemplate(
        out, pagesize=A4, pageTemplates=[PageTemplate(frames=[frame])],
        title=f"{shown.title}: {names}", author=names, subject=f"SHA-256 {dict(shown.hashes)['Contract']}",
        keywords=["contract", *(p.key for p in shown.parties)], creator="commonweal", lang="en", invariant=1,
    )  # fmt: skip
    document.build(list(_story(shown, faces, width)), canvasmaker=_numbered(shown, faces))
    return out.getvalue()


def _story(shown: View, faces: _Faces, width: float) -> Iterator[Any]:
    from reportlab.lib.units import mm
    from reportlab.platypus import Paragraph, Spacer, Table, TableStyle

    styles = _styles(faces)

    def says(text: str, style: str, **more: Any) -> Any:
        return Paragraph(escape(text).replace("\n", "<br/>"), styles[style], **more)

    def items(texts: list[str] | tuple[str, ...], style: str = "item") -> Iterator[Any]:
        yield from (says(text, style, bulletText="–") for text in texts)

    yield says("Contract", "kicker")
    yield says(shown.title, "title")
    verdict = [
        says(shown.verdict, "good" if shown.ok else "bad"),
        *items(shown.problems, "small item"),
        says(shown.caution, "small"),
    ]
    for i, row in enumerate(verdict):  # a row each, so that many problems may run over a page
        box = Table([[row]], colWidths=[width])
        box.setStyle(
            TableStyle(
                [
                    ("BACKGROUND", (0, 0), (-1, -1), _WASH),
                    ("LINEBEFORE", (0, 0), (0, -1), 3, _GOOD if shown.ok else _BAD),
                    ("LEFTPADDING", (0, 0), (-1, -1), 10),
                    ("TOPPADDING", (0, 0), (-1, -1), 8 if i == 0 else 1),
                    ("BOTTOMPADDING", (0, 0), (-1, -1), 8 if i == len(verdict) - 1 else 1),
                ]
            )
        )
        yield box
    yield Spacer(1, 4 * mm)
    facts = [[says(label, "label"), says(text, "cell")] for label, text in shown.facts]
    yield _table(facts, [34 * mm, width - 34 * mm], rule=False)
    yield Spacer(1, 3 * mm)
    rows = [[says(label, "label") for label in ("Party", "Role", "Signed", "Signature")]]
    for party in shown.parties:
        name = Paragraph(
            f'<font name="{faces.bold}">{escape(party.name)}</font>'
            + (f'<br/><font color="{_SOFT}">{escape(party.address)}</font>' if party.address else ""),
            styles["cell"],
        )
        state = says(party.state, "state good" if party.valid else "state bad")
        rows.append([name, says(party.role, "cell"), says(party.signed or "–", "cell"), state])
    yield _table(rows, [width - 88 * mm, 24 * mm, 38 * mm, 26 * mm], header=True)
    yield says("Text", "heading")
    for kind, texts in shown.text:
        if kind == "item":
            yield from items(texts)
        else:
            yield says(texts[0], "body" if kind == "paragraph" else "section")
    yield says("Rules for machines, in words", "heading")
    if not shown.rules:
        yield says("There are none.", "body")
    for rule, details in shown.rules:
        yield from items([rule])
        yield from items([f"{d[:1].upper()}{d[1:]}." for d in details], "inner item")
    yield says("Hashes, keys and signatures", "heading")
    yield says(
        "SHA-256 and Ed25519, in hex. What counts is the file with this hash; this paper shows it.",
        "body",
    )
    pairs = list(shown.hashes)
    for party in shown.parties:
        pairs.append((f"Key of {party.name}", party.key))
        pairs += [("Its signature", party.value)] if party.value else []
    codes = [[says(label, "label"), says(text, "code")] for label, text in pairs]
    yield _table(codes, [44 * mm, width - 44 * mm], rule=False)


def _table(rows: list[list[Any]], widths: list[float], *, header: bool = False, rule: bool = True) -> Any:
    from reportlab.platypus import Table, TableStyle

    style: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 6),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ]
    style += [("LINEBELOW", (0, 0), (-1, -1), 0.5, _LINE)] if rule else []
    style += [("LINEBELOW", (0, 0), (-1, 0), 1, _INK)] if header else []
    made = Table(rows, colWidths=widths, repeatRows=int(header))
    made.setStyle(TableStyle(style))
    return made


def _styles(faces: _Faces) -> dict[str, Any]:
    from reportlab.lib.styles import ParagraphStyle

    base = ParagraphStyle(
        "base", fontName=faces.plain, fontSize=9.5, leading=14, textColor=_INK, spaceAfter=5,
        splitLongWords=1, allowWidows=0, allowOrphans=0,
    )  # fmt: skip

    def like(**changes: Any) -> Any:
        return ParagraphStyle("style", parent=base, **changes)

    cell = {"fontSize": 8.5, "leading": 12, "spaceAfter": 0}
    item = {"leftIndent": 12, "bulletIndent": 0, "bulletFontName": faces.plain, "bulletFontSize": 9.5}
    return {
        "body": base,
        "kicker": like(fontSize=8.5, textColor=_SOFT, spaceAfter=2),
        "title": like(fontName=faces.bold, fontSize=20, leading=25, spaceAfter=10),
        "heading": like(
            fontName=faces.bold, fontSize=14, leading=18, spaceBefore=18, spaceAfter=7, keepWithNext=1
        ),
        "section": like(fontName=faces.bold, fontSize=10.5, leading=14, spaceBefore=9, keepWithNext=1),
        "item": like(**item),
        "inner item": like(**{**item, "leftIndent": 24, "bulletIndent": 12, "spaceAfter": 2}),
        "small item": like(
            **{**item, "fontSize": 8.5, "leading": 12, "spaceAfter": 1, "bulletFontSize": 8.5}
        ),
        "small": like(fontSize=8, leading=11, textColor=_SOFT, spaceBefore=3, spaceAfter=0),
        "good": like(fontName=faces.bold, textColor=_GOOD, spaceAfter=1),
        "bad": like(fontName=faces.bold, textColor=_BAD, spaceAfter=1),
        "label": like(**cell, textColor=_SOFT),
        "cell": like(**cell),
        "state good": like(**cell, fontName=faces.bold, textColor=_GOOD),
        "state bad": like(**cell, fontName=faces.bold, textColor=_BAD),
        # Hex has no spaces to break at.
        "code": like(fontName="Courier", fontSize=8, leading=11, spaceAfter=0, wordWrap="CJK"),
    }


def _numbered(shown: View, faces: _Faces) -> type:
    """Return a canvas that writes the hash and the number of the page under each page."""
    from reportlab.lib.colors import HexColor
    from reportlab.lib.units import mm
    from reportlab.pdfgen.canvas import Canvas

    class Numbered(Canvas):  # type: ignore[misc]  # reportlab has no types
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self._pages: list[dict[str, Any]] = []
            # The date of the document is that of the check: what is shown holds for then.
            stamp, moment = self._doc._timeStamp, shown.made.astimezone(UTC)
            stamp.t, stamp.lt = moment.timestamp(), moment.timetuple()
            stamp.YMDhms = tuple(stamp.lt)[:6]

        def showPage(self) -> None:  # noqa: N802
            self._pages.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for page in self._pages:  # how many there are is known only now
                self.__dict__.update(page)
                self.setFillColor(HexColor(_SOFT))
                self.setFont("Courier", 6.5)
                self.drawString(24 * mm, 13 * mm, f"SHA-256 {dict(shown.hashes)['Contract'][:64]}")
                self.setFont(faces.plain, 7.5)
                width = self._pagesize[0]
                self.drawRightString(width - 24 * mm, 13 * mm, f"{self._pageNumber} / {len(self._pages)}")
                super().showPage()
            super().save()

    return Numbered


def _strings(shown: View) -> Iterator[str]:
    """Yield all that is set in the text's font."""
    yield "Contract0123456789/–: "
    yield from (shown.title, shown.verdict, shown.caution, *shown.problems)
    yield from (text for rule, details in shown.rules for text in (rule, *details))
    yield from (text for pair in shown.facts for text in pair)
    for party in shown.parties:
        yield from (party.name, party.role, party.address, party.signed, party.state)
    yield from (text for _, texts in shown.text for text in texts)


def _faces(letters: set[str], font: str | Path | None) -> _Faces:
    """Return the first fonts that have all letters.

    Raises
    ------
    InputError
        If there are none.
    """
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    letters -= set("\n\t")
    unset = sorted(c for c in letters if _needs_shaping(c))
    if unset:
        raise InputError(
            f"letters such as {_named(unset)} are of a script that the PDF can't set",
            mend="print the HTML page instead",
        )
    lacking = letters
    for files in ((str(font), str(font)),) if font else _FACES:
        try:
            plain, bold = (TTFont(f"{file} for contracts", file) for file in files)
        except TTFError as error:
            if font:
                raise InputError(
                    "the font can't be read", mend="give a TrueType font", where=str(font)
                ) from error
            continue
        lacking = {c for c in letters for face in (plain, bold) if ord(c) not in face.face.charToGlyph}
        if not lacking:
            for face in (plain, bold):
                pdfmetrics.registerFont(face)
            return _Faces(plain.fontName, bold.fontName)
    raise InputError(
        f"no font at hand has the letters {_named(sorted(lacking))}",
        mend="give a TrueType font that has them as `font`, or print the HTML page",
    )


def _needs_shaping(letter: str) -> bool:
    """Is it written from the right, or does its form depend on its neighbours (Indic to Myanmar, Khmer)?"""
    joined = ((0x0900, 0x0DFF), (0x0F00, 0x109F), (0x1780, 0x17FF), (0x200C, 0x200D))
    right = unicodedata.bidirectional(letter) in ("R", "AL", "AN")
    return right or any(low <= ord(letter) <= high for low, high in joined)


def _named(letters: list[str]) -> str:
    return ", ".join(f"{c} (U+{ord(c):04X})" for c in letters[:5])
