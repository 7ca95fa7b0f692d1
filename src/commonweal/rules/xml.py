"""XML and HTML as strangers write them: bounded, without DTD, entities or network; errors name the line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

from lxml import etree

from commonweal.errors import InputError

MOST_BYTES = 8_000_000
"""Largest document that is read."""
MOST_DEEP = 256
"""Deepest nesting that is read."""
LONGEST_TAG = 10_000
"""Longest start tag of HTML that is read."""
MEND = "publish well-formed XML 1.0 in UTF-8, without a DOCTYPE"
_ATTRIBUTE = re.compile(
    r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?""",
)
_SCRIPT_END = re.compile(r"</script", re.IGNORECASE)
_BELOW = "/*" * (MOST_DEEP + 1)


class XmlError(InputError):
    """A document that is not read.

    Parameters
    ----------
    problem, mend, where
        As of InputError.
    line : int, optional
        From 1.
    """

    def __init__(self, problem: str, *, mend: str, where: str | None = None, line: int | None = None) -> None:
        self.line = line
        place = ", ".join(p for p in (where, f"line {line}" if line else "") if p)
        super().__init__(problem, mend=mend, where=place or None)


def parse_xml(raw: bytes | str, where: str | None = None) -> Any:
    """Return the root element of an XML document, without comments and processing instructions.

    Parameters
    ----------
    raw : bytes or str
        UTF-8, or UTF-16 with a byte order mark; what a declaration says of the encoding does not count.
    where : str, optional
        File or URL, for the error.

    Raises
    ------
    XmlError
        If it is too large or too deep, no text, not well-formed, or has a DOCTYPE; says on which line.
    """
    text = _text(raw, where)
    at = _prolog(text)
    if text.startswith("<!DOCTYPE", at):
        line = text.count("\n", 0, at) + 1
        raise XmlError("it has a DOCTYPE, which is not read", mend=MEND, where=where, line=line)
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, load_dtd=False, dtd_validation=False, no_network=True,
        huge_tree=False, remove_comments=True, remove_pis=True, recover=False,
    )  # fmt: skip
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        at_line = getattr(error, "lineno", None) or None
        problem = "it is not well-formed: " + str(getattr(error, "msg", error)).split(", line ")[0]
        raise XmlError(problem, mend=MEND, where=where, line=at_line) from None
    # The parser has a bound of its own, which differs between versions.
    if root.xpath(f"boolean({_BELOW})"):
        raise XmlError(f"it is nested deeper than {MOST_DEEP}", mend="write it flat", where=where)
    return root


@dataclass(frozen=True)
class Element:
    """An element of HTML: name and names of attributes in lower case, what a script holds, line (from 1)."""

    name: str
    attributes: Mapping[str, str]
    content: str
    line: int


def html_elements(text: str, *names: str) -> Iterator[Element]:
    """Yield the elements of these names in HTML, in time linear in its length; never fails.

    Comments and what scripts hold are no elements. Only the first of two attributes of a name counts.

    Parameters
    ----------
    text : str
        A page, or a piece of one; what is beyond `MOST_BYTES` characters is not read.
    names : str
        In lower case, such as "link" or "script".
    """
    text = text[:MOST_BYTES]
    starts = re.compile(
        "<!--|<(" + "|".join(map(re.escape, {*names, "script"})) + r")(?=[\s/>])", re.IGNORECASE
    )
    at, line, counted = 0, 1, 0
    while found := starts.search(text, at):
        if found[1] is None:
            end = text.find("-->", found.end())
            at = len(text) if end < 0 else end + 3
            continue
        line, counted = line + text.count("\n", counted, found.start()), found.start()
        name = found[1].lower()
        attributes, at = _attributes(text, found.end())
        content = ""
        if name == "script":
            closing = _SCRIPT_END.search(text, at)
            end = closing.start() if closing else len(text)
            content, at = text[at:end], end
        if name in names:
            yield Element(name, attributes, content, line)


def _attributes(text: str, at: int) -> tuple[dict[str, str], int]:
    """Return the attributes of a start tag, and where it ends."""
    out: dict[str, str] = {}
    last = min(len(text), at + LONGEST_TAG)
    while at < last and text[at] not in "<>":
        found = _ATTRIBUTE.match(text, at, last)
        if found:
            out.setdefault(found[1].lower(), unescape(next((v for v in found.groups()[1:] if v), "")))
        at = found.end() if found else at + 1
    return out, at + 1 if at < len(text) and text[at] == ">" else at


def local_name(element: Any) -> str:
    """Return the name of an element without its namespace."""
    return str(etree.QName(element).localname)


def namespace(element: Any) -> str:
    """Return the namespace of an element, "" for none."""
    return etree.QName(element).namespace or ""


def _text(raw: bytes | str, where: str | None) -> str:
    if len(raw) > MOST_BYTES:
        problem = f"{len(raw):,} bytes are more than the {MOST_BYTES:,} that are read"
        raise XmlError(problem, mend="split it", where=where)
    try:
        if isinstance(raw, bytes):
            wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
            raw = raw.decode("utf-16" if wide else "utf-8-sig")
        raw = raw.removeprefix("\ufeff")
        raw.encode()
    except UnicodeError as error:
        at = getattr(error, "start", 0)
        line = raw[:at].count(b"\n" if isinstance(raw, bytes) else "\n") + 1  # type: ignore[arg-type]
        raise XmlError("it is not UTF-8", mend=MEND, where=where, line=line) from None
    return raw


def _prolog(text: str) -> int:
    """Return where the first thing stands that is no blank, declaration, instruction or comment."""
    at = 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        end = {"<?": "?>", "<!--": "-->"}.get(
            text[at : at + 2] if text.startswith("<?", at) else text[at : at + 4]
        )
        found = text.find(end, at) if end else -1
        if end is None or found < 0:
            return at
        at = found + len(end)
