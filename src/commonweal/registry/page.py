"""The report on a pool as one page, to be read offline."""

from __future__ import annotations

from importlib import resources

from commonweal.errors import MissingExtraError
from commonweal.registry.quality import Report

SHOWN = 200


def render(report: Report, title: str) -> str:
    """Return the page as HTML text; of long lists the first `SHOWN`, with how many more there are.

    Raises
    ------
    MissingExtraError
        If Jinja2 is absent (extra `registry`).
    """
    try:
        import jinja2
    except ImportError:
        raise MissingExtraError("Jinja2", "registry", "the page") from None
    made = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["number"] = lambda n: f"{n:,}"
    made.filters["percent"] = lambda share: f"{share:.0%}".replace("%", " %")
    made.filters["sure"] = lambda share: f"{share:.1%}".replace("%", " %")
    where = resources.files("commonweal.registry") / "templates"
    template = made.from_string((where / "quality.html").read_text("utf-8"))
    return template.render(r=report, title=title, shown=SHOWN)
