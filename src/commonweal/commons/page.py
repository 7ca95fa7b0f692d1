"""The page: opens offline, asks the network for nothing, searches an index that it carries.

One page holds at most `PER_PAGE` items; more are split by identifier over several pages.
Without scripts it shows the counts, the rules, their decisions and the files, and the table is in Parquet.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from commonweal.errors import MissingExtraError

PER_PAGE = 100_000


def pages(table: pa.Table, *, per_page: int = PER_PAGE, **about: Any) -> Iterator[tuple[str, str]]:
    """Yield the name and HTML text of each page.

    Parameters
    ----------
    table : pyarrow.Table
        Items as in a snapshot, sorted by identifier.
    per_page : int
        Most items on one page.
    **about
        What the template shows: title, published, publisher, counts, standing, decision, rules, decisions,
        disputes, files, version.

    Raises
    ------
    MissingExtraError
        If Jinja2 is absent.
    """
    try:
        import jinja2
    except ImportError:
        raise MissingExtraError("jinja2", "commons", "the page of a commons") from None
    where = resources.files("commonweal.commons") / "templates"
    read = jinja2.FunctionLoader(lambda name: (where / name).read_text("utf-8"))
    environment = jinja2.Environment(
        autoescape=True, loader=read, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["link"] = web_address
    template = environment.get_template("page.html")
    script, style = ((where / name).read_text("utf-8") for name in ("page.js", "page.css"))
    starts = range(0, max(1, table.num_rows), per_page)
    first = [table["item"][start].as_py() if table.num_rows else "" for start in starts]
    names = ["index.html", *(f"page-{n}.html" for n in range(2, len(starts) + 1))]
    for n, start in enumerate(starts):
        index = compact(table.slice(start, per_page)) | {"first": first, "pages": names}
        yield (
            names[n],
            template.render(
                n=n,
                names=names,
                shown=min(per_page, table.num_rows - start),
                index=script_json(index),
                script=script,
                style=style,
                policy=policy(script),
                **about,
            ),
        )


def compact(table: pa.Table) -> dict[str, Any]:
    """Return the items column by column, what repeats said once."""
    rows = table.to_pydict()
    verdicts = list(zip(rows["verdict"], rows["rule"], rows["reason"], strict=True))
    said, numbers = _once(verdicts)
    licences, licence = _once(rows["licence"])
    return {
        "said": said,
        "verdict": numbers,
        "licences": licences,
        "licence": licence,
        "disputed": [i for i, disputed in enumerate(rows["disputed"]) if disputed],
        "item": rows["item"],
        "title": rows["title"],
        "published": rows["published"],
        "url": [web_address(url) for url in rows["url"]],
    }


def web_address(text: str) -> str:
    """Return an address that a browser may follow from the page; "" for all that is no http or https."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in ("http", "https") and parts.netloc else ""


def policy(script: str) -> str:
    """Return the content security policy: the page's own script by its hash, its own styles, no more."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; base-uri 'none'; "
        "form-action 'none'"
    )


def script_json(value: object) -> str:
    """Return JSON that is safe inside a script element: no `<`, `>` or `&`."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _once(values: Sequence[Any]) -> tuple[list[Any], list[int]]:
    """Return each value once, in the order of first use, and for each row its number."""
    numbers: dict[Any, int] = {}
    rows = [numbers.setdefault(value, len(numbers)) for value in values]
    return list(numbers), rows
