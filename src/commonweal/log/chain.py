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
    """What stands in a column: title, lines with their colours, name, and the names of what it went into."""

    title: str
    lines: tuple[tuple[str, str], ...]
    colour: str
    name: str = ""
    into: frozenset[str] = frozenset()

    @property
    def tall(self) -> int:
        return 2 * PAD + LINE * (1 + len(self.lines))


def draw(found: Chain, members: Members | None = None) -> str:
    """Return a chain as SVG: works on the left, what was made of them, and to whom it went on the right.

    Parameters
    ----------
    found : Chain
    members : mapping, optional
        As `chain` was given.
    """
    columns = [_work_boxes(found, members or {}), *_made_boxes(found)]
    if found.delivered:
        columns.append([_delivered_box(step) for step in found.delivered])
    tall = [sum(box.tall + PAD for box in boxes) - PAD for boxes in columns]
    height, width = max(tall) + 2 * PAD, len(columns) * (WIDE + GAP) - GAP + 2 * PAD
    placed: list[tuple[_Box, float, float]] = []
    for number, boxes in enumerate(columns):
        x, y = PAD + number * (WIDE + GAP), PAD + (max(tall) - tall[number]) / 2
        for box in boxes:
            placed.append((box, x, y))
            y += box.tall + PAD
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
    shapes = [_shape(box, x, y) for box, x, y in placed]
    return "".join([head, told, ground, *_lines(placed), *shapes, "</svg>\n"])


def describe(found: Chain) -> str:
    """Return a chain in words."""
    count = len(found.works) + sum(many.size for many in found.sets)
    made = "; ".join(step.label for step in found.made)
    went = "; ".join(step.label for step in found.delivered) or "delivered to nobody"
    gone = f" {counted(len(found.withdrawn), 'work')} withdrawn since." if found.withdrawn else ""
    return f"{counted(count, 'work')}: {made}; {went}.{gone}"


def _work_boxes(found: Chain, members: Members) -> list[_Box]:
    into: dict[str, set[str]] = {}
    for event in _makers(found):
        for work in _works(event, members):
            into.setdefault(work, set()).add(event.dataset)
    boxes = []
    for work, steps in list(found.works.items())[:SHOWN]:
        lines = tuple((s.label, RUST if isinstance(s.event, Withdrawn) else GREY) for s in steps)
        boxes.append(_Box(f"work {work[:12]}…", lines, BLUE, "work", frozenset(into[work])))
    if len(rest := list(found.works)[SHOWN:]):
        where = frozenset().union(*(into[work] for work in rest))
        boxes.append(_Box(f"and {counted(len(rest), 'more work')}", (), BLUE, "works", where))
    for many in found.sets:
        where = frozenset(event.dataset for event in _makers(found) if event.set == many)
        boxes.append(
            _Box(counted(many.size, "work"), ((f"set {many.root[:12]}…", GREY),), BLUE, "set", where)
        )
    everything = frozenset(event.dataset for event in _makers(found))
    return boxes or [_Box("works that are not named", (), BLUE, "works", everything)]


def _makers(found: Chain) -> list[Snapshot | Derived]:
    return [step.event for step in found.made if isinstance(step.event, Snapshot | Derived)]


def _made_boxes(found: Chain) -> list[list[_Box]]:
    """Return the datasets, each in a column behind all that it was made of."""
    depth: dict[str, int] = {}
    columns: list[list[_Box]] = []
    for step, event in zip(found.made, _makers(found), strict=True):
        sources = event.sources if isinstance(event, Derived) else ()
        depth[event.dataset] = 1 + max((depth.get(source, 0) for source in sources), default=0)
        later = [e for e in _makers(found) if isinstance(e, Derived) and event.dataset in e.sources]
        into = frozenset(e.dataset for e in later) | (
            {"delivery"} if event.dataset == found.dataset else set()
        )
        if depth[event.dataset] > len(columns):
            columns.append([])
        title = f"dataset {event.dataset[:12]}…"
        columns[depth[event.dataset] - 1].append(_Box(title, ((step.label, GREY),), INK, event.dataset, into))
    return columns


def _delivered_box(step: Step) -> _Box:
    assert isinstance(step.event, Delivered)
    return _Box(f"to {step.event.to[:12]}…", ((step.label, GREY),), RUST, "delivery")


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


def _lines(placed: list[tuple[_Box, float, float]]) -> list[str]:
    """Return a curve from each box to each that it went into."""
    drawn = []
    for source, x, y in placed:
        for target, x2, y2 in placed:
            if target.name in source.into and x < x2:
                x1, a, b = x + WIDE, y + source.tall / 2, y2 + target.tall / 2
                drawn.append(
                    f'<path data-from="{escape(source.title)}" data-to="{escape(target.title)}" fill="none" '
                    f'd="M{x1:g} {a:g} C{x1 + GAP / 2:g} {a:g} {x2 - GAP / 2:g} {b:g} {x2:g} {b:g}" '
                    f'stroke="{RULE}" stroke-width="1.5"/>\n'
                )
    return drawn
