"""One of redaction's peers, in an environment of its own: what its patterns find in texts, and how fast.

python redaction_child.py PEER TEXTS.json    # prints {"finds": [[[start, end, kind]]], "seconds": s}
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

Spans = Iterator[tuple[int, int, str]]

PRESIDIO = {
    "CREDIT_CARD": "card", "EMAIL_ADDRESS": "email", "IBAN_CODE": "iban", "IP_ADDRESS": "ip",
    "PHONE_NUMBER": "phone", "US_SSN": "national_id", "US_DRIVER_LICENSE": "document",
}  # fmt: skip
SCRUBADUB = {
    "email": "email",
    "phone": "phone",
    "credit_card": "card",
    "social_security_number": "national_id",
}
DATAFOG = {
    "EMAIL": "email", "PHONE": "phone", "CREDIT_CARD": "card", "IP_ADDRESS": "ip", "SSN": "national_id",
    "DE_IBAN": "iban", "ZIP": "address",
}  # fmt: skip


def presidio() -> Callable[[str], Spans]:
    """Return presidio's recognisers that need no model."""
    from presidio_analyzer import predefined_recognizers as known

    names = ("CreditCard", "Email", "Iban", "Ip", "Phone", "UsSsn", "UsLicense")
    all_of_them = [getattr(known, f"{name}Recognizer")() for name in names]

    def find(text: str) -> Spans:
        for recogniser in all_of_them:
            for r in recogniser.analyze(text, recogniser.supported_entities, None) or ():
                yield r.start, r.end, PRESIDIO[r.entity_type]

    return find


def scrubadub() -> Callable[[str], Spans]:
    """Return scrubadub as it comes."""
    import scrubadub as package

    scrubber = package.Scrubber()

    def find(text: str) -> Spans:
        for filth in scrubber.iter_filth(text):
            yield filth.beg, filth.end, SCRUBADUB.get(filth.type, "other")

    return find


def datafog() -> Callable[[str], Spans]:
    """Return datafog's patterns."""
    from datafog.processing.text_processing.regex_annotator.regex_annotator import RegexAnnotator

    annotator = RegexAnnotator()

    def find(text: str) -> Spans:
        for span in annotator.annotate_with_spans(text)[1].spans:
            yield span.start, span.end, DATAFOG.get(span.label, "other")

    return find


def main() -> None:
    """Print what a peer finds."""
    logging.disable(logging.CRITICAL)
    peer, path = sys.argv[1:]
    texts = json.loads(Path(path).read_text(encoding="utf-8"))
    with contextlib.redirect_stdout(io.StringIO()):
        find = {"presidio": presidio, "scrubadub": scrubadub, "datafog": datafog}[peer]()
        list(find("Warm up: ann@example.org, 86.121.97.248"))
        start = time.perf_counter()
        finds = [list(find(text)) for text in texts]
        seconds = time.perf_counter() - start
    print(json.dumps({"finds": finds, "seconds": seconds}))


if __name__ == "__main__":
    main()
