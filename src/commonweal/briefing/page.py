"""The page: one HTML file that opens offline, asks the network for nothing, and reads without JavaScript.

Each chart stands in the page as SVG, drawn here in two widths; where scripts run, the Vega runtime that is
part of the page draws it again at the reader's width, and only then the standing picture is hidden. A
content security policy allows these two scripts by their hashes and nothing from outside; Vega interprets
its expressions, so that `eval` stays forbidden.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from itertools import groupby
from typing import Any

from commonweal.briefing.case import Case
from commonweal.briefing.figures import floor_of
from commonweal.briefing.headlines import headlines
from commonweal.briefing.sections import Chart, Section, sections
from commonweal.briefing.sentences import not_said
from commonweal.briefing.sure import verdicts
from commonweal.charts.units import Scale
from commonweal.counts import counted
from commonweal.errors import MissingExtraError

WIDTHS = {"wide": 640, "narrow": 340}
"""Widths in pixels of the standing pictures: beside a table, and on a phone."""


def render(cases: Sequence[Case], *, title: str, made: str, version: str, owners_shown: int = 60) -> str:
    """Return the page as HTML text.

    Raises
    ------
    MissingExtraError
        If Jinja2 or vl-convert is absent (extra `brief`).
    """
    try:
        import jinja2
    except ImportError as error:
        raise MissingExtraError("Jinja2", "brief", "brief.html") from error
    where = resources.files("commonweal.briefing") / "templates"
    read = jinja2.FunctionLoader(lambda name: (where / name).read_text("utf-8"))
    environment = jinja2.Environment(
        autoescape=True, loader=read, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    script, style = runtime(), (where / "brief.css").read_text("utf-8")
    return environment.get_template("brief.html").render(
        title=title,
        made=made,
        version=version,
        cases=[_view(case, owners_shown, nested=len(cases) > 1) for case in cases],
        style=style,
        script=script,
        policy=policy(script),
    )


def policy(script: str) -> str:
    """Return the content security policy: the page's own script by its hash, its own styles, no more."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; base-uri "
        "'none'; form-action 'none'"
    )


@cache
def runtime() -> str:
    """Return the Vega runtime with the few lines that start it, safe inside a script element."""
    boot = (resources.files("commonweal.briefing") / "templates" / "boot.js").read_text("utf-8")
    text = str(_vl_convert().javascript_bundle(boot))
    return re.sub(r"</(?=script)", r"<\\/", text, flags=re.IGNORECASE).replace("<!--", r"\x3C!--")


def _vl_convert() -> Any:
    try:
        import vl_convert
    except ImportError as error:
        raise MissingExtraError("vl-convert-python", "brief", "brief.html") from error
    return vl_convert


def _view(case: Case, owners_shown: int, *, nested: bool) -> dict[str, Any]:
    return {
        "id": case.id,
        "case": case,
        "about": case.about,
        "level": 3 if nested else 2,
        "headlines": headlines(case),
        "verdicts": [
            (v, [x.text for x in group]) for v, group in groupby(verdicts(case), key=lambda x: x.verdict)
        ],
        "sections": [_section(case, s) for s in sections(case, owners_shown=owners_shown)],
        "not_said": not_said(case),
        "method": method_lines(case),
        "left_out": left_out(case),
    }


def _section(case: Case, section: Section) -> dict[str, Any]:
    drawn = [_picture(chart, f"{case.id}-{section.id}-{i}") for i, chart in enumerate(section.charts)]
    return {"section": section, "charts": drawn, "id": f"{case.id}-{section.id}"}


def _picture(chart: Chart, name: str) -> dict[str, Any]:
    return {
        "id": name,
        "title": chart.spec["usermeta"]["title"],
        "description": chart.spec["description"],
        "caption": chart.caption,
        "spec": script_json(chart.spec),
        **{kind: still(chart.spec, width, f"{name}-{kind}") for kind, width in WIDTHS.items()},
    }


def still(spec: dict[str, Any], width: int, name: str) -> str:
    """Return a chart as SVG that scales with the page, its ids its own: many stand on one page."""
    text = str(_vl_convert().vegalite_to_svg({**spec, "width": width}))
    text = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", text)
    text = re.sub(r'(href=")#', rf"\1#{name}-", text)
    return re.sub(r"<svg ", '<svg aria-hidden="true" focusable="false" ', text, count=1)


def script_json(value: object) -> str:
    """Return JSON that is safe inside a script element: no `<`, `>` or `&`, whatever an owner is called."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


FEW_SPLITS = 10
"""With fewer splits than these the page says so: which works were held out may decide single figures."""


def method_lines(case: Case) -> list[tuple[str, str]]:
    """Return the lines on method: how values were computed, what is proven and what only measured."""
    facts, method = case.appraisal.facts, case.appraisal.facts.get("method", {})
    pairs = [("Values", ": ".join(str(method[k]) for k in ("name", "why") if method.get(k)))]
    pairs += [
        (label, str(method[key]))
        for key, label in (
            ("stopped", "Stopped"),
            ("interval", "Intervals"),
            ("proven", "Proven"),
            ("measured", "Measured"),
        )
        if method.get(key)
    ]
    done = (
        [f"{counted(int(facts['evaluations']), 'coalition')} evaluated"]
        if facts.get("evaluations") is not None
        else []
    )
    splits = (facts.get("utility") or {}).get("splits")
    done += [f"works held out {counted(int(splits), 'time')}"] if splits else []
    done += [f"seed {facts['seed']}"] if facts.get("seed") is not None else []
    draws = [
        f"{name.replace('_', ' ')}: {counted(r.facts['draws'], 'draw')}"
        for name, r in case.results.items()
        if r.facts.get("draws")
    ]
    pairs.append(("Run", "; ".join([*done, *draws])))
    if splits and splits < FEW_SPLITS:
        pairs.append(
            (
                "Few splits",
                f"fewer than {FEW_SPLITS} ways of holding works out: single owners’ figures may hang on "
                "which works those were, and no interval here covers that",
            )
        )
    metric = facts.get("metric", {})
    plain = metric.get("plain", "") if isinstance(metric, dict) else getattr(metric, "plain", "")
    pairs.append(("The figure", str(plain)))
    floor = floor_of(case)
    if floor and case.strike:
        scale, score = Scale.of(case.strike.facts), case.strike.facts["floor"]["score"]
        pairs.append(
            ("Gap lost", f"counts from {floor}: {scale.write(scale.level(score))} {scale.level_name}")
        )
    pairs += [("Also", line) for line in case.about.method]
    return [(label, text if text.endswith(".") else text + ".") for label, text in pairs if text]


def left_out(case: Case) -> list[str]:
    """Return what was left out, counted."""
    found = case.appraisal.facts.get("left_out") or {}
    works = dict(found) if isinstance(found, dict) else {"left out": found}
    return [
        f"{what}: {n:,}" if isinstance(n, int) else f"{what}: {n}"
        for what, n in {**works, **case.about.left_out}.items()
        if n
    ]
