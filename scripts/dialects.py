"""Writes docs/reference/dialects/ from the dialects themselves: `python scripts/dialects.py`.

What a page says a dialect can say is what it wrote and read back just now.
"""

from __future__ import annotations

import html
from datetime import UTC, datetime
from pathlib import Path

from commonweal.rules import Act, Attribute, Effect, Policy, Rule, Terms
from commonweal.rules.dialects import every
from commonweal.rules.dialects.base import Artefact, Dialect, Kind, Site
from commonweal.rules.export import Export, write

FOLDER = Path(__file__).parents[1] / "docs" / "reference" / "dialects"
SITE = Site("https://example.org", "https://example.org/terms.json", datetime(2026, 1, 1, tzinfo=UTC))
EFFECTS = (Effect.ALLOW, Effect.DENY, Effect.CONDITIONAL)
MADE = "Made by `python scripts/dialects.py` from the code; a test holds it to it."


def terms(acts: frozenset[Act], effect: Effect) -> Terms:
    """Return terms that say one thing; conditions are attribution."""
    owed = frozenset({Attribute()}) if effect is Effect.CONDITIONAL else frozenset()
    return Terms((Rule(acts, effect, duties=owed),))


def page(dialect: Dialect) -> str:
    """Return a dialect's page."""
    about = dialect.about
    parts = [f"# {about.title}\n\n{MADE}\n"]
    parts += [
        f"`--to {about.name}` · {about.version} · {about.status} · facts checked {about.checked} · "
        f"[specification]({about.url})\n",
        f"**Silence** means: {about.silence}.\n",
        f"**Conditions**: {about.conditions}.\n",
    ]
    if about.cannot:
        parts.append("**It can't say**:\n\n" + "\n".join(f"- {c}" for c in about.cannot) + "\n")
    parts.append("## Act by act\n\n" + _acts(dialect) + "\n")
    if about.tokens:
        parts.append("## Its words\n\n" + _tokens(dialect) + "\n")
    parts.append("## An example\n\n" + _example(dialect) + "\n")
    return "\n".join(parts)


def _acts(dialect: Dialect) -> str:
    rows = ["| act | allowed | refused | on conditions (attribution) |", "|---|---|---|---|"]
    for act in Act:
        cells = [
            _cell(write(dialect, terms(frozenset({act}), effect), SITE), act, effect) for effect in EFFECTS
        ]
        rows.append(f"| {act} | {' | '.join(cells)} |")
    note = "What one act alone, said and nothing else, reads as when it is read back."
    return f"{note}\n\n" + "\n".join(rows)


def _alone(dialect: Dialect, act: Act, effect: Effect) -> Export:
    return write(dialect, terms(frozenset({act}), effect), SITE)


def _cell(export: Export, act: Act, effect: Effect) -> str:
    read = Policy.of(export.signals).over(act, "/")
    if read.effect is Effect.UNKNOWN:
        return "– (lost)"
    if read.effect is not effect:
        return f"{read.effect} (stricter)"
    exact = effect is not Effect.CONDITIONAL or read.duties == {Attribute()}
    return "yes" if exact else "yes, by a link to the terms"


def _tokens(dialect: Dialect) -> str:
    rows = ["| word | acts that it covers |", "|---|---|"]
    for token in dialect.about.tokens:
        more = f" (and may touch {_join(token.touches)})" if token.touches else ""
        rows.append(f"| `{token.name}` | {_join(token.acts)}{more} |")
    return "\n".join(rows)


def _join(acts: frozenset[Act]) -> str:
    return ", ".join(a for a in Act if a in acts)


def _example(dialect: Dialect) -> str:
    open_ = Rule(frozenset({Act.SEARCH}), Effect.ALLOW)
    paid = Rule(frozenset({Act.GROUND, Act.INDEX}), Effect.CONDITIONAL, duties=frozenset({Attribute()}))
    closed = Rule(frozenset({Act.TRAIN_GEN, Act.TRAIN_DISC}), Effect.DENY)
    export = write(dialect, Terms((open_, paid, closed), title="An example"), SITE)
    said = "Search is allowed, answers owe attribution, training is refused; nothing else is said."
    lost = [f"- {loss.what}: {loss.why}" for loss in export.losses] or ["- nothing"]
    return "\n\n".join(
        [said, *(_artefact(a) for a in export.written.artefacts), "What is lost:", "\n".join(lost)]
    )


def _artefact(artefact: Artefact) -> str:
    where = {
        Kind.FILE: f"`{artefact.path}` ({artefact.media_type})",
        Kind.ROBOTS: "robots.txt",
        Kind.HEADER: f"HTTP header on `{artefact.path}`",
        Kind.TAG: f"HTML head on `{artefact.path}`",
    }[artefact.kind]
    text = f"{artefact.name}: {artefact.text}" if artefact.kind is Kind.HEADER else artefact.text
    lines = text.strip().splitlines()
    shown = lines[:40] + ([f"… {len(lines) - 40} more lines"] if len(lines) > 40 else [])
    return f"{where}\n\n```text\n" + "\n".join(shown) + "\n```"


def index() -> str:
    """Return the page that lists them, with what each says of each act."""
    dialects = list(every().values())
    rows = ["| act | " + " | ".join(f"[{d.about.name}]({d.about.name}.md)" for d in dialects) + " |"]
    rows += ["|---|" + "---|" * len(dialects)]
    for act in Act:
        cells = [_short(d, act) for d in dialects]
        rows.append(f"| {act} | {' | '.join(cells)} |")
    legend = (
        "A: can be allowed alone; D: refused alone; C: allowed on conditions alone (c: by a link to the "
        "terms). What one statement lumps with other acts needs them to say the same; each page tells."
    )
    return f"# Dialects\n\n{MADE}\n\n" + "\n".join(rows) + f"\n\n{legend}\n"


def _short(dialect: Dialect, act: Act) -> str:
    out = ""
    for effect, letter in zip(EFFECTS, "ADC", strict=True):
        cell = _cell(_alone(dialect, act, effect), act, effect)
        out += letter if cell == "yes" else letter.lower() if cell.startswith("yes") else ""
    return html.escape(out) or "–"


def pages() -> dict[str, str]:
    """Return every page by file name."""
    return {"README.md": index()} | {f"{name}.md": page(dialect) for name, dialect in every().items()}


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.md"):
        if old.name not in pages():
            old.unlink()
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
