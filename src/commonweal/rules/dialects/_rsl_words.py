"""The words of RSL 1.0, as data: reader and writer share them."""

from __future__ import annotations

import re

from commonweal.rules.dialects.base import Token
from commonweal.rules.vocabulary import Act, Party

NAMESPACE = "https://rslstandard.org/rsl"
MEDIA_TYPE = "application/rsl+xml"
FILE = "rsl.xml"

_TRAINING = {Act.TRAIN_GEN, Act.TRAIN_DISC}
_AI = _TRAINING | {Act.GROUND, Act.INDEX, Act.EVAL, Act.SYNTH}
TRAIN = Token("ai-train", frozenset(_TRAINING))
INPUT = Token("ai-input", frozenset({Act.GROUND}))
INDEX = Token("ai-index", frozenset({Act.INDEX}))
SEARCH = Token("search", frozenset({Act.SEARCH}))
AI_ALL = Token("ai-all", frozenset(_AI))
ALL = Token("all", frozenset(_AI | {Act.SEARCH, Act.MINE}), touches=frozenset({Act.CRAWL, Act.REDISTRIBUTE}))
NARROW = (TRAIN, INPUT, INDEX, SEARCH)
TOKENS = (ALL, AI_ALL, *NARROW)
USAGE = {token.name: token for token in TOKENS}

FOREIGN = {
    "train-ai": TRAIN, "train-genai": TRAIN, "train": TRAIN, "training": TRAIN, "ai-training": TRAIN,
    "ai-use": INPUT, "ai-summarize": INPUT, "inference": INPUT, "ai-inference": INPUT, "ai-output": INPUT,
    "index": INDEX, "indexing": INDEX, "noai": AI_ALL, "ai": AI_ALL,
}  # fmt: skip
"""Words of other standards, of drafts, and of RSL's own guide, with what they are meant to say."""

USERS = {p.value: p for p in Party if p is not Party.RESEARCH}
"""Classes of users. Research is none: granting to its neighbours, non-commercial and education, would
grant to more than researchers, so a grant to researchers alone can't be said."""

PAYMENTS = {
    "purchase": "fixed", "subscription": "subscription", "training": "per-training", "crawl": "per-crawl",
    "use": "per-use", "contribution": "in-kind",
}  # fmt: skip
"""Types of payment with what they count; `attribution` and `free` count nothing."""
NO_PAYMENT = ("attribution", "free")
PAYMENTS_ELSEWHERE = {"inference": "use", "royalty": "use", "per-crawl": "crawl", "pay-per-crawl": "crawl"}
REPORTS = ("telemetry", "provenance", "audit")
LEGAL = ("warranty", "disclaimer", "attestation", "contact", "proof")
LONGEST_AGE = 30
"""Days for which a reader may keep the file where it says nothing."""

CHILDREN = {
    "rsl": {"content"},
    "content": {"license", "alternate", "schema", "copyright", "terms"},
    "license": {"permits", "prohibits", "payment", "reporting", "legal"},
    "payment": {"standard", "custom", "amount", "accepts"},
}
ATTRIBUTES = {
    "rsl": {"max-age"},
    "content": {"url", "server", "encrypted", "lastmod"},
    "permits": {"type"}, "prohibits": {"type"}, "payment": {"type"}, "legal": {"type"},
    "reporting": {"type", "profile", "endpoint"},
    "amount": {"currency"}, "accepts": {"type"}, "alternate": {"type"}, "schema": {"type"},
    "copyright": {"type", "contactEmail", "contactUrl"},
}  # fmt: skip

_HASHED = re.compile(r"(.*)#sha256=([0-9a-f]{64})", re.DOTALL)


def hashed(url: str, sha256: str) -> str:
    """Return a link that also says which content is meant."""
    return f"{url.split('#')[0]}#sha256={sha256}"


def unhashed(link: str) -> tuple[str, str]:
    """Return (URL, SHA-256 or "") of a link."""
    found = _HASHED.fullmatch(link)
    return (found[1], found[2]) if found else (link, "")
