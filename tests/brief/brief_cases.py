"""Small results with every edge that a brief must stand, made through the result classes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from commonweal.briefing import About, Case
from commonweal.leverage.results import Choices, Contribution, CriticalMass, Scaling, Strike
from commonweal.results import Result
from commonweal.valuation.appraisal import Appraisal

BITS = {
    "name": "bits per word",
    "unit": "bits",
    "sign": -1,
    "exponential": True,
    "plain": (
        "how many yes-or-no questions the next word costs; 2 to that power is how many words "
        "the model hesitates between"
    ),
}
ACCURACY = {"name": "accuracy", "unit": "", "sign": 1, "exponential": False, "plain": "share of right labels"}
HITS = {
    "name": "surfaced hits per hundred",
    "unit": "hits per hundred",
    "sign": 1,
    "exponential": False,
    "plain": "hits",
}
LISTS = {
    "owner": pa.string(),
    "by": pa.string(),
    "group": pa.string(),
    "kind": pa.string(),
    "setting": pa.string(),
}
WHOLE = {"works", "owners", "draws", "of", "below_zero"}
WORDS = {"owner", "by", "group", "kind", "setting", "base", "split", "largest", "question"}


def make(kind: type[Result], rows: list[dict[str, Any]], facts: dict[str, Any]) -> Any:
    """Return a result whose table has all documented columns, null where a row says nothing."""
    table = {name: pa.array([r.get(name) for r in rows], _type(name)) for name in kind.columns}
    return kind(table=pa.table(table), facts=facts)


def _type(name: str) -> pa.DataType:
    if name == "resolved":
        return pa.bool_()
    if name in WORDS:
        return pa.string()
    return pa.int64() if name in WHOLE else pa.float64()


def appraisal(
    values: Any, metric: dict[str, Any], *, names: list[str] | None = None, width: float = 0.3, **facts: Any
) -> Any:
    """Return an appraisal of owners with the given values and test intervals of ± width × value."""
    values = np.asarray(values, float)
    names = names or [f"Owner {i:02d}" for i in range(1, len(values) + 1)]
    total = float(values.sum())
    half = width * max(abs(values).mean(), 1e-12)
    largest, mean = max(abs(values).max(), 1e-12), total / len(values)
    rows = [
        {
            "owner": n,
            "works": 4 + i % 5,
            "size": 20_000.0 + 60_000 * abs(v) / largest,
            "value": v,
            "low": v - 0.1 * half,
            "high": v + 0.1 * half,
            "test_low": v - half,
            "test_high": v + half * (1 + i % 3),
            "owner_low": None,
            "owner_high": None,
            "all_low": v - 0.2 * half,
            "all_high": v + 0.2 * half,
            "leave_out": v / 3,
            "banzhaf": v * 0.9,
            "record_sum": None,
            "resolved": abs(v - mean) > half,
        }
        for i, (n, v) in enumerate(zip(names, values, strict=True))
    ]
    empty, wide = (-10.87 if metric is BITS else 0.4), 0.035 * abs(total)
    base = {
        "metric": metric,
        "empty": empty,
        "full": empty + total,
        "evaluations": 18_080,
        "seed": 5,
        "total": {
            "value": total,
            "low": total,
            "high": total,
            "test_low": total - wide,
            "test_high": total + wide,
        },
        "method": {
            "name": "sampling with a cross-fitted surrogate",
            "why": "too many owners to enumerate",
            "interval": "t*",
            "proven": "the values add up to the total",
            "measured": "coverage of 93 to 98% on exact games",
        },
        "confidence": 0.95,
        "warnings": [],
        "left_out": {"works without text": 3},
        "utility": {},
    }
    return make(Appraisal, rows, {**base, **facts})


def strike(m: int, metric: dict[str, Any], size: float, *, groups: bool = True, **facts: Any) -> Any:
    """Return random strikes whose effect grows with participation, and named groups beside random ones."""
    rows = [_strike_row("random", None, p, m, size * p, size) for p in (0.02, 0.1, 0.3, 0.5, 0.7)]
    if groups:
        for name, share, factor in (
            ("Democrats", 0.35, 1.4),
            ("Whigs & <Know-Nothings>", 0.1, 1.0),
            ("before 1900", 0.5, -0.15),
        ):
            rows.append(_strike_row("party", name, share, m, factor * size * share, size))
            rows.append(_strike_row("party", "random owners", share, m, size * share, size))
        rows.append(_strike_row("worst found", None, 0.1, m, size * 0.4, size))
    given = {
        "metric": metric,
        "draws": 100,
        "seed": 0,
        "confidence": 0.95,
        "warnings": [],
        "gap": {"value": 3.15, "low": 3.0, "high": 3.3},
        "gap_zero": False,
    }
    return make(Strike, rows, {**given, **facts})


def _strike_row(by: str, group: str | None, p: float, m: int, loss: float, size: float) -> dict[str, Any]:
    wide = 0.35 * abs(loss) + 0.01 * size
    row = {
        "by": by,
        "group": group,
        "participation": p,
        "owners": max(1, round(p * m)),
        "draws": 1 if group and group != "random owners" else 100,
        "score": -8.0,
    }
    for who, factor in (
        ("others", 1.0),
        ("strikers", 2.5),
        ("all", 1.3),
    ):
        row |= {
            f"{who}_change": -loss * factor,
            f"{who}_low": -loss * factor - wide,
            f"{who}_high": -loss * factor + wide,
        }
    for name, value in (("shrunk", p * 0.7), ("worth_lost", p * 0.5), ("gap_lost", p * 0.9)):
        row |= {name: value, f"{name}_low": value * 0.8, f"{name}_high": value * 1.3}
    return row


def contribution(m: int, metric: dict[str, Any], **facts: Any) -> Any:
    """Return a rival that rises above the builder, from below zero to above one."""
    rows = []
    for p, reach, both in (
        (0.02, -0.08, -0.08),
        (0.05, 0.36, 0.36),
        (0.1, 0.55, 0.57),
        (0.3, 0.82, 0.86),
        (0.5, 0.93, 1.06),
        (1.0, 1.02, None),
    ):
        left = 1 - 0.18 * p - 0.4 * p**6
        row = {
            "participation": p,
            "owners": max(1, round(p * m)),
            "draws": 100,
            "dlp_contribution": reach,
            "dlp_both": both,
            "dlp_strike": 1 - left,
        }
        row |= {"rival_score": -10.87 + 3.15 * reach, "builder_score": -10.87 + 3.15 * left}
        for name in ("dlp_contribution", "dlp_both", "dlp_strike"):
            if row[name] is not None:
                row |= {f"{name}_low": row[name] - 0.05, f"{name}_high": row[name] + 0.04}
        for name in ("rival", "builder"):
            row |= {f"{name}_low": row[f"{name}_score"] - 0.2, f"{name}_high": row[f"{name}_score"] + 0.1}
        rows.append(row)
    given = {
        "metric": metric,
        "best": -7.72,
        "worst": -10.87,
        "gap_zero": False,
        "draws": 100,
        "seed": 0,
        "confidence": 0.95,
        "warnings": [],
    }
    return make(Contribution, rows, {**given, **facts})


def critical(m: int, metric: dict[str, Any], *, reached: bool = True) -> Any:
    """Return how many are enough; nothing below all of them where not `reached`."""
    rows = [
        {
            "share": s,
            "question": q,
            "of": m,
            "owners": max(1, round(f * m)) if reached else None,
            "low": max(1.0, round(f * m) - 1.0) if reached else None,
            "high": round(f * m) + 2.0 if reached else None,
        }
        for s, q, f in ((0.5, "reach", 0.1), (0.8, "reach", 0.35), (0.9, "reach", 0.6), (0.5, "lose", 0.9))
    ]
    facts = {
        "metric": metric,
        "empty": -10.87,
        "full": -7.72,
        "draws": 60,
        "seed": 0,
        "confidence": 0.95,
        "in_draws": 0.95,
        "warnings": [],
    }
    return make(CriticalMass, rows, facts)


def scaling(m: int, metric: dict[str, Any]) -> Any:
    """Return a learning curve, other data beside it, and twice the pool."""
    at = (
        (lambda s: -7.72 - 0.32 * np.log2(1.64e6 / s))
        if metric is BITS
        else (lambda s: 0.8 - 0.05 * np.log2(1.64e6 / s))
    )
    rows: list[dict[str, Any]] = []
    for n in (1, 2, 4, 8, 15, 26, m):
        s = 1.64e6 * n / m
        wide = 0.6 * (1 - n / m)
        rows.append(
            {
                "kind": "pool",
                "size": s,
                "owners": n,
                "draws": 60,
                "score": at(s),
                "low": at(s) - wide,
                "high": at(s) + wide,
            }
        )
    rows += [
        {"kind": "other", "size": s, "draws": 1, "score": at(1.64e6) - 3.4 + 0.05 * np.log2(s / 0.13e6)}
        for s in (0.13e6, 0.52e6, 2.09e6)
    ]
    rows += [
        {
            "kind": "extrapolated",
            "size": s,
            "draws": 0,
            "score": at(s),
            "low": at(s) - 0.1,
            "high": at(s) + 0.1,
        }
        for s in (2.3e6, 3.28e6)
    ]
    facts = {
        "metric": metric,
        "unit": "words",
        "form": {"name": "power"},
        "backtest": {"power": 0.01},
        "statement": "Where the curve ends cannot be told from these data.",
        "doubling": {"value": 0.32, "low": 0.30, "high": 0.35},
        "draws": 60,
        "seed": 0,
        "confidence": 0.95,
        "warnings": [],
    }
    return make(Scaling, rows, facts)


def choices(m: int, metric: dict[str, Any], unstable: list[str] | None = None) -> Any:
    """Return a grid of settings, one of them with a worth that reaches zero."""
    rows = [
        {
            "setting": s,
            "base": b,
            "split": h,
            "owners": m,
            "empty": -10.87,
            "full": -10.87 + t,
            "total": t,
            "low": t - 0.12,
            "high": t + 0.1,
            "rank_correlation": r,
            "largest": "Cleveland, Grant, Polk" if r else None,
            "below_zero": z,
            "strike_others": x,
            "half": 4,
        }
        for s, b, h, t, r, z, x in (
            ("as reported", "other English", "whole works within owners", 3.15, 1.0, 0, -0.11),
            ("no base", "nothing", "whole works within owners", 7.8, 0.97, 0, -0.2),
            ("tested on later years", "addresses before 1900", "by date", -0.03, None, 16, 0.02),
            ("half the smoothing", "other English", "whole works within owners", 3.3, 0.99, 0, -0.12),
        )
    ]
    return make(Choices, rows, {"metric": metric, "seed": 0, "unstable": unstable or [], "warnings": []})


ABOUT = About(
    pool="249 presidential addresses by 43 people, 2.03 million words.",
    builder=(
        "The builder we imagine has 2.1 million words of other English already, "
        "and wants to serve people who write like these owners."
    ),
    owner="writer",
    owners="writers",
    works="addresses",
    size="words",
    title=("What 43 writers’ addresses are worth to the maker of a language model"),
    made=date(2026, 11, 20),
    sources=("A corpus of addresses, public domain.",),
    left_out={"works that are no addresses": 12},
    receipt="receipt.json",
    recompute="commonweal appraise --receipt receipt.json",
)
NAMES = [
    "Ann O’Neil & Sons",
    "<script>alert(1)</script>",
    "</script><b>Bo",
    "Łukasz Żółć",
    "李小龍",
    "A name that goes on for much longer than any chart has room for, truly",
]


def language(m: int = 43, **changes: Any) -> Case:
    """Return a language pool with everything computed, and names that try to break the page."""
    values = 3.15 * np.linspace(2.0, 0.3, m) / np.linspace(2.0, 0.3, m).sum()
    names = (NAMES + [f"Writer {i:02d}" for i in range(len(NAMES) + 1, m + 1)])[:m]
    case = Case(
        appraisal=appraisal(
            values, BITS, names=names, warnings=["One writer has a single work and no test text."]
        ),
        strike=strike(m, BITS, 0.36),
        contribution=contribution(m, BITS),
        critical_mass=critical(m, BITS),
        scaling=scaling(m, BITS),
        choices=choices(m, BITS, ["party: before 1900"]),
        about=replace(ABOUT, title=""),
        title=ABOUT.title,
        receipt={"inputs": {"works": "0" * 64}},
    )
    return replace(case, **changes)


def ratings(m: int = 30, **changes: Any) -> Case:
    """Return a recommendation pool in points, whose strike is inside the noise."""
    about = About(
        pool="Ratings.",
        builder="It knows what is popular.",
        owner="user",
        owners="users",
        works="ratings",
        size="ratings",
        title="What ratings are worth",
    )
    values = 1.9 * np.linspace(1.5, 0.5, m) / m
    floor = {"name": "the most rated titles for everyone", "score": 65.9}
    noisy = strike(m, HITS, 0.02, floor=floor)
    row = noisy.table.column("others_high").combine_chunks()
    table = noisy.table.set_column(
        noisy.table.column_names.index("others_high"), "others_high", pa.array([0.3] * len(row))
    )
    return replace(
        Case(appraisal=appraisal(values, HITS), strike=replace(noisy, table=table), about=about), **changes
    )


def negative() -> Case:
    """Return a pool that makes the model worse."""
    return Case(
        appraisal=appraisal(-np.linspace(0.01, 0.03, 6), ACCURACY),
        strike=strike(6, ACCURACY, 0.02, gap_zero=True),
        contribution=contribution(6, ACCURACY, gap_zero=True),
        critical_mass=critical(6, ACCURACY),
        choices=choices(6, ACCURACY),
    )


def zero_gap() -> Case:
    """Return a pool whose worth's interval reaches zero."""
    total = {"value": 0.02, "low": 0.02, "high": 0.02, "test_low": -0.01, "test_high": 0.05}
    return Case(
        appraisal=appraisal([0.01, 0.005, 0.005], ACCURACY, total=total),
        strike=strike(3, ACCURACY, 0.01, gap_zero=True),
        contribution=contribution(3, ACCURACY, gap_zero=True),
        critical_mass=critical(3, ACCURACY, reached=False),
    )


def one_owner() -> Case:
    """Return a pool of one owner with nothing but an appraisal."""
    return Case(appraisal=appraisal([0.2], ACCURACY, left_out={}))


def nulls() -> Case:
    """Return results in which every column that may be null is null."""
    case = language(8)
    kept = {
        "owner",
        "works",
        "size",
        "value",
        "by",
        "group",
        "participation",
        "owners",
        "draws",
        "score",
        "others_change",
        "kind",
        "setting",
        "question",
        "share",
        "of",
        "rival_score",
        "builder_score",
        "base",
        "split",
        "empty",
        "full",
        "total",
    }
    bare = {}
    for name, result in case.results.items():
        table = result.table
        for i, column in enumerate(table.schema):
            if column.name not in kept or (name == "critical_mass" and column.name == "owners"):
                table = table.set_column(i, column, pa.nulls(table.num_rows, column.type))
        facts = {k: v for k, v in result.facts.items() if k in {"metric", "empty", "full", "method"}}
        if name == "appraisal":
            facts["total"] = {"value": float(np.sum(table["value"].to_numpy()))}
        bare[name] = replace(result, table=table, facts=facts)
    return replace(case, **bare, about=About())


def many(m: int = 100_000) -> Case:
    """Return a pool of very many owners."""
    rng = np.random.default_rng(0)
    return Case(
        appraisal=appraisal(rng.gamma(1.0, 0.3 / m, m), ACCURACY),
        about=About(owner="driver", owners="drivers", title="What many drivers' rows are worth"),
    )


ALL = {
    "language": language,
    "ratings": ratings,
    "negative": negative,
    "zero gap": zero_gap,
    "one owner": one_owner,
    "nulls": nulls,
}
