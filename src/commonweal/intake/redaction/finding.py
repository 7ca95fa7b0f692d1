"""Finding what looks private in texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from commonweal.intake.redaction import keys, national, numbers, online, places
from commonweal.intake.redaction.detector import Scanner
from commonweal.intake.redaction.kinds import Find, resolve
from commonweal.intake.redaction.names import Names

Recogniser = Callable[[str], Iterable[Find]]
"""What a person plugs in, such as a model that recognises names: from a text, the finds in it."""

BATCH = 1 << 20
"""Characters that are gone over together."""

PATTERNS = (*keys.DETECTORS, *online.DETECTORS, *numbers.DETECTORS, *national.DETECTORS, *places.DETECTORS)


class Finder:
    """Finds what looks private: by patterns and checks, by names given, by recognisers plugged in.

    Parameters
    ----------
    names : iterable of str
        People to be found, as "Ada Lovelace"; each part of a name is found too.
    recognisers : iterable of callables
        Further recognisers, from a text to its finds. None is shipped.

    Raises
    ------
    InputError
        If a name is too short to be looked for.
    MissingExtraError
        If google-re2 is absent; at a first candidate, if phonenumbers or python-stdnum is.
    """

    def __init__(self, names: Iterable[str] = (), recognisers: Iterable[Recogniser] = ()) -> None:
        self._scanner = Scanner((*PATTERNS, *Names(names).detectors()))
        self._recognisers = tuple(recognisers)

    def find(self, text: str) -> list[Find]:
        """Return the finds in a text, in their order and without overlap."""
        return next(self.find_many([text]))

    def find_many(self, texts: Iterable[str]) -> Iterator[list[Find]]:
        """Yield the finds in each of many texts; short texts are gone over together, which is faster."""
        for batch in _batches(texts):
            for text, finds in zip(batch, self._scanner.scan(batch), strict=True):
                found = [*finds, *(f for recognise in self._recognisers for f in recognise(text))]
                yield resolve(text, found) if found else []


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text) + 1
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
