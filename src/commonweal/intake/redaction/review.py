"""The review: a person goes through the finds in their context on a page, and what they decide is applied."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Literal

import msgspec

from commonweal.counts import counted
from commonweal.errors import InputError, MissingExtraError
from commonweal.intake.redaction.finding import Finder
from commonweal.intake.redaction.kinds import WORDS, Find, Kind
from commonweal.intake.redaction.surrogates import Surrogates

FORMAT = "commonweal-review"
VERSION = 1
CONTEXT = 80
"""Characters shown at either side of a find."""

Verdict = Literal["accept", "reject", "open"]
"""Of a find: replace it, leave it, or not decided, which replaces it too."""


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A find and what was decided on it; its value is not here, only a digest of it."""

    where: str
    start: int
    end: int
    kind: Kind
    surrogate: str
    sha256: str
    decision: Verdict


class Decisions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A `review.json`.

    Parameters
    ----------
    format, version : str, int
        "commonweal-review", 1.
    texts : str
        Digest of all texts reviewed, in whatever order: what was not reviewed is not handed on.
    finds : list of Decision
    """

    texts: str
    finds: list[Decision]
    format: str = FORMAT
    version: int = VERSION


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """A find with its context, as the page shows it."""

    where: str
    start: int
    end: int
    kind: Kind
    why: str
    surrogate: str
    sha256: str
    before: str
    text: str
    after: str


class _Texts:
    """Digest of texts that does not depend on their order: the sum of their SHA-256."""

    def __init__(self) -> None:
        self._sum = 0

    def add(self, where: str, text: str) -> None:
        raw = f"{len(where)}:{where}{text}".encode("utf-8", "surrogatepass")
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(raw).digest(), "big")) % (1 << 256)

    def hex(self) -> str:
        return f"{self._sum:064x}"


def found(texts: Iterable[tuple[str, str]], finder: Finder) -> Iterator[tuple[str, str, list[Find]]]:
    """Yield each text with where it stands and its finds; short texts are gone over together.

    Parameters
    ----------
    texts : iterable of (where, text)
    finder : Finder
    """
    pending: deque[tuple[str, str]] = deque()

    def remembered() -> Iterator[str]:
        for where, text in texts:
            pending.append((where, text))
            yield text

    for finds in finder.find_many(remembered()):
        where, text = pending.popleft()
        yield where, text, finds


class Review:
    """What was found in some texts, to be decided on.

    Parameters
    ----------
    texts : iterable of (where, text)
        `where` is a file's name or `relation:row id:column`, each once.
    finder : Finder
    surrogates : Surrogates
        Those with which the finds will be replaced.
    """

    def __init__(self, texts: Iterable[tuple[str, str]], finder: Finder, surrogates: Surrogates) -> None:
        read, self.finds = _Texts(), list[Seen]()
        self.texts = 0
        for where, text, finds in found(texts, finder):
            read.add(where, text)
            self.texts += 1
            self.finds += [_seen(where, text, find, surrogates) for find in finds]
        self._digest = read.hex()

    def decisions(self, decision: Verdict = "open") -> Decisions:
        """Return the finds as a `review.json` with one decision on all."""
        return Decisions(
            self._digest,
            [Decision(f.where, f.start, f.end, f.kind, f.surrogate, f.sha256, decision) for f in self.finds],
        )

    def counts(self) -> dict[Kind, int]:
        """Return how many finds there are of each kind that was found."""
        return {kind: n for kind in Kind if (n := sum(f.kind is kind for f in self.finds))}

    def page(self, title: str) -> str:
        """Return the page on which a person decides, as HTML text: it loads nothing and sends nothing.

        Raises
        ------
        MissingExtraError
            If Jinja2 is absent.
        """
        try:
            import jinja2
        except ImportError as error:
            raise MissingExtraError("Jinja2", "intake", "the page for reviewing finds") from error
        where = resources.files("commonweal.intake.redaction") / "templates"
        script, style = ((where / f"review.{kind}").read_text("utf-8") for kind in ("js", "css"))
        environment = jinja2.Environment(
            autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
        )
        template = environment.from_string((where / "review.html").read_text("utf-8"))
        payload = {
            "format": FORMAT, "version": VERSION, "texts": self._digest,
            "words": {kind: WORDS[kind] for kind in self.counts()}, "finds": self.finds,
        }  # fmt: skip
        # An export may hold lone surrogates, which no HTML file can: they show as the replacement character.
        data = msgspec.json.encode(_encodable(payload)).decode().replace("<", "\\u003c")
        return template.render(
            title=title,
            policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src '{_hash(script)}'; "
            "base-uri 'none'; form-action 'none'",
            style=style,
            script=script,
            data=data,
            texts=counted(self.texts, "text"),
            finds=counted(len(self.finds), "find"),
        )


def _seen(where: str, text: str, find: Find, surrogates: Surrogates) -> Seen:
    return Seen(
        where, find.start, find.end, find.kind, find.why, surrogates.of(find),
        surrogates.mark(text[find.start : find.end]),
        text[max(0, find.start - CONTEXT) : find.start], text[find.start : find.end],
        text[find.end : find.end + CONTEXT],
    )  # fmt: skip


def _hash(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _encodable(payload: object) -> object:
    if isinstance(payload, dict):
        return {key: _encodable(value) for key, value in payload.items()}
    if isinstance(payload, list):
        return [_encodable(value) for value in payload]
    if isinstance(payload, Seen):
        return [_encodable(getattr(payload, name)) for name in payload.__struct_fields__]
    if isinstance(payload, str):
        return payload.encode("utf-8", "replace").decode() if not isinstance(payload, Kind) else payload
    return payload


def save(decisions: Decisions, path: str | Path) -> None:
    """Write a `review.json`."""
    Path(path).write_bytes(msgspec.json.format(msgspec.json.encode(decisions), indent=1) + b"\n")


def load(path: str | Path) -> Decisions:
    """Return the decisions in a `review.json`.

    Raises
    ------
    InputError
        If it is none, or of a version that this release does not know.
    """
    try:
        read = msgspec.json.decode(Path(path).read_bytes(), type=Decisions)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InputError(
            "no decisions on finds",
            where=str(path),
            mend="save them on the page of the review, and name that file",
        ) from None
    if (read.format, read.version) != (FORMAT, VERSION):
        raise InputError(
            f"decisions of another format or version; this release reads {FORMAT} {VERSION}",
            where=str(path),
            mend="make the review again",
        )
    return read


class Application:
    """Decisions, applied to the texts on which they were made.

    Parameters
    ----------
    decisions : Decisions
    surrogates : Surrogates
        Under the key with which the review was made.
    """

    def __init__(self, decisions: Decisions, surrogates: Surrogates) -> None:
        self._decisions, self._surrogates, self._read = decisions, surrogates, _Texts()
        self._at: dict[str, list[Decision]] = defaultdict(list)
        for find in decisions.finds:
            self._at[find.where].append(find)
        self.replaced: Counter[Kind] = Counter()

    def clean(self, where: str, text: str) -> str:
        """Return a text with every find replaced on which the decision is not to leave it.

        Raises
        ------
        InputError
            If the text at a find is not the one that was reviewed, or finds overlap.
        """
        self._read.add(where, text)
        out, at = [], 0
        for find in sorted(self._at.pop(where, ()), key=lambda f: f.start):
            there = text[find.start : find.end] if at <= find.start <= find.end else ""
            if not hmac.compare_digest(self._surrogates.mark(there), find.sha256):
                raise InputError(
                    f"what stands at {find.start}–{find.end} is not what was reviewed, or the key is another",
                    where=where,
                    mend="make the review again",
                )
            if find.decision != "reject":
                out += [text[at : find.start], find.surrogate]
                at = find.end
                self.replaced[find.kind] += 1
        return "".join([*out, text[at:]])

    def done(self) -> None:
        """Say that all texts were given.

        Raises
        ------
        InputError
            If the texts are not exactly those that were reviewed.
        """
        if self._at or self._read.hex() != self._decisions.texts:
            raise InputError(
                "these texts are not those that were reviewed: some were added, changed or removed since",
                mend="make the review again; finds that nobody has seen are not handed on",
            )
