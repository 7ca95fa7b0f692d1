"""A dataset's chain, from the works in it to whom it was delivered, and its drawing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from commonweal.charts.marks import BLUE, FONT, GREY, INK, PAPER, RULE, RUST
from commonweal.counts import counted
from commonweal.errors import InputError
from commonweal.log.events import Delivered, Derived, Said, Set, Snapshot, Withdrawn, as_json
from commonweal.log.provenance import HASH, Members

SHOWN = 12
"""Works that a drawing shows one by one."""


@dataclass(frozen=True)
class Step:
    """An event of a chain: its place in the log, and what it says."""

    place: int
    event: Said

    @property
    def label(self) -> str:
        """In words: what happened, on which day, where it is written."""
        said = as_json(self.event)
        return f"{said['event']} {said['time'][:10]}, entry {self.place}"


@dataclass
class Chain:
    """How a dataset came about and where it went.

    Attributes
    ----------
    dataset : str
        Its hash.
    works : dict
        Commitment of each work in it or in what it was made of -> the events of that work.
    sets : list of Set
        Works that are known by a set's root alone.
    made : list of Step
        Snapshots and derivations, what was made first first.
    delivered : list of Step
    """

    dataset: str
    works: dict[str, list[Step]] = field(default_factory=dict)
    sets: list[Set] = field(default_factory=list)
    made: list[Step] = field(default_factory=list)
    delivered: list[Step] = field(default_factory=list)

    @property
    def withdrawn(self) -> list[str]:
        """Works in it that were withdrawn since."""
        return [w for w, steps in self.works.items() if any(isinstance(s.event, Withdrawn) for s in steps)]


def chain(said: Iterable[tuple[int, Said | None]], dataset: str, members: Members | None = None) -> Chain:
    """Return a dataset's chain.

    Parameters
    ----------
    said : iterable of (place in the log, event)
        Gone through once and kept.
    dataset : str
        Its hash.
    members : mapping, optional
        Root of a set -> its commitments.

    Raises
    ------
    InputError
        If no event made the dataset.
    """
    steps = [Step(place, event) for place, event in said if event is not None]
    makers = {s.event.dataset: s for s in steps if isinstance(s.event, Snapshot | Derived)}
    if dataset not in makers:
        raise InputError("no event of the log made this dataset", mend=HASH)
    found = Chain(dataset)
    _gather(found, dataset, makers, members or {})
    for step in steps:
        if isinstance(step.event, Delivered) and step.event.dataset == dataset:
            found.delivered.append(step)
        elif not isinstance(step.event, Snapshot | Derived):
            for work in _works(step.event, members or {}):
                if work in found.works:
                    found.works[work].append(step)
    return found


def _gather(found: Chain, dataset: str, makers: dict[str, Step], members: Members) -> None:
    """Add what made a dataset, after what made its sources."""
    step = makers.get(dataset)
    if step is None or step in found.made:
        return
    if isinstance(step.event, Derived):
        earlier = {d: s for d, s in makers.items() if s.place < step.place}
        for source in step.event.sources:
            _gather(found, source, earlier, members)
    for work in _works(step.event, members):
        found.works.setdefault(work, [])
    many = step.event.set
    if many and many.root not in members and many not in found.sets:
        found.sets.append(many)
    found.made.append(step)


def _works(event: Said, members: Members) -> list[str]:
    return [*event.works, *(members.get(event.set.root, ()) if event.set else ())]


WIDE, GAP, PAD, LINE = 250, 70, 10, 17


@dataclass(frozen=True)
class _Box:
    title: str
    lines: tuple[tuple[str, str], ...]
    colour: str

    @property
    def tall(self) -> int:
        return 2 * PAD + LINE * (1 + len(self.lines))


def draw(found: Chain) -> str:
    """Return a chain as SVG: works on the left, what was made of them, and to whom it went on the right."""
    columns = [_work_boxes(found), *([_made_box(step)] for step in found.made)]
    if found.delivered:
        columns.append([_delivered_box(step) for step in found.delivered])
    tall = [sum(box.tall + PAD for box in boxes) - PAD for boxes in columns]
    height, width = max(tall) + 2 * PAD, len(columns) * (WIDE + GAP) - GAP + 2 * PAD
    shapes, ends = [], []
    for number, boxes in enumerate(columns):
        x, y, here = PAD + number * (WIDE + GAP), PAD + (max(tall) - tall[number]) / 2, []
        for box in boxes:
            shapes.append(_shape(box, x, y))
            here.append(y + box.tall / 2)
            y += box.tall + PAD
        ends.append(here)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:g}" width="{width}" '
        f'height="{height:g}" role="img" aria-labelledby="chain-title chain-about" '
        f'font-family="{escape(FONT)}" font-size="13">\n'
    )
    told = (
        '<title id="chain-title">From works to delivery</title>\n'
        f'<desc id="chain-about">{escape(describe(found))}</desc>\n'
    )
    ground = f'<rect width="100%" height="100%" fill="{PAPER}"/>\n'
    return "".join([head, told, ground, *_lines(ends), *shapes, "</svg>\n"])


def describe(found: Chain) -> str:
    """Return a chain in words."""
    count = len(found.works) + sum(many.size for many in found.sets)
    made = "; ".join(step.label for step in found.made)
    went = "; ".join(step.label for step in found.delivered) or "delivered to nobody"
    gone = f" {counted(len(found.withdrawn), 'work')} withdrawn since." if found.withdrawn else ""
    return f"{counted(count, 'work')}: {made}; {went}.{gone}"


def _work_boxes(found: Chain) -> list[_Box]:
    boxes = []
    for work, steps in list(found.works.items())[:SHOWN]:
        lines = tuple((s.label, RUST if isinstance(s.event, Withdrawn) else GREY) for s in steps)
        boxes.append(_Box(f"work {work[:12]}…", lines, BLUE))
    if len(found.works) > SHOWN:
        boxes.append(_Box(f"and {counted(len(found.works) - SHOWN, 'more work')}", (), BLUE))
    boxes += [_Box(counted(s.size, "work"), ((f"set {s.root[:12]}…", GREY),), BLUE) for s in found.sets]
    return boxes or [_Box("works not named", (), BLUE)]


def _made_box(step: Step) -> _Box:
    assert isinstance(step.event, Snapshot | Derived)
    return _Box(f"dataset {step.event.dataset[:12]}…", ((step.label, GREY),), INK)


def _delivered_box(step: Step) -> _Box:
    assert isinstance(step.event, Delivered)
    return _Box(f"to {step.event.to[:12]}…", ((step.label, GREY),), RUST)


def _shape(box: _Box, x: float, y: float) -> str:
    texts = [(box.title, INK, 600), *((text, colour, 400) for text, colour in box.lines)]
    written = "".join(
        f'<text x="{x + PAD:g}" y="{y + PAD + LINE * (i + 0.75):g}" fill="{colour}" font-weight="{weight}">'
        f"{escape(text)}</text>\n"
        for i, (text, colour, weight) in enumerate(texts)
    )
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{WIDE}" height="{box.tall}" rx="4" fill="{PAPER}" '
        f'stroke="{box.colour}" stroke-width="1.5"/>\n{written}'
    )


def _lines(ends: list[list[float]]) -> list[str]:
    """Return curves from each box to those of the next column."""
    drawn = []
    for number in range(len(ends) - 1):
        x1 = PAD + number * (WIDE + GAP) + WIDE
        x2, middle = x1 + GAP, x1 + GAP / 2
        drawn += [
            f'<path d="M{x1:g} {a:g} C{middle:g} {a:g} {middle:g} {b:g} {x2:g} {b:g}" fill="none" '
            f'stroke="{RULE}" stroke-width="1.5"/>\n'
            for a in ends[number]
            for b in ends[number + 1]
        ]
    return drawn
