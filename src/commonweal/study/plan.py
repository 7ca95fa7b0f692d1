"""A Plan: everything that an appraisal depends on, as plain JSON, so that it can be run again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from commonweal.counts import counted
from commonweal.errors import InputError

PARTICIPATION = (0.01, 0.05, 0.1, 0.3, 0.5)
QUESTIONS = ("appraisal", "strike", "contribution", "critical_mass", "scaling", "choices")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to ask of which works, for which imagined builder.

    Parameters
    ----------
    works : str
        Path of the pool: a file or a folder of shards.
    roles : mapping
        Arguments of `Pool.read`: owner, text, features, target, user, item, rating, date, consent, …
    base, rival_base, test : str, optional
        What the builder has, what the rival has, and what both are tested on; paths. Without `test`, works
        of the pool are held out.
    model : str
        A name from `commonweal.study.models`, or "auto".
    options : mapping
        Options of that model.
    splits, test_size, split_by
        How works are held out: how often, which share, "within" owners, at "random" or by "date".
    by : sequence of str
        Columns whose groups strike, each beside a random group of equal size.
    slices : str, optional
        Column of test slices.
    participation : sequence of float
        Shares of all owners that strike or contribute.
    draws, worst, budget, rtol, confidence, seed
        Draws per participation, evaluations of the search for the worst strike, most evaluations for owner
        values, wanted relative half-width, level of intervals, seed.
    questions : sequence of str
        Which of `QUESTIONS` to answer.
    words : mapping
        How to name things: title, work, owner, builder, source, licence.
    """

    works: str
    roles: Mapping[str, Any]
    base: str | None = None
    rival_base: str | None = None
    test: str | None = None
    model: str = "auto"
    options: Mapping[str, Any] = field(default_factory=dict)
    splits: int = 10
    test_size: float = 0.2
    split_by: str = "within"
    by: tuple[str, ...] = ()
    slices: str | None = None
    participation: tuple[float, ...] = PARTICIPATION
    draws: int = 100
    worst: int = 300
    budget: int | None = None
    rtol: float = 0.05
    confidence: float = 0.95
    seed: int = 0
    questions: tuple[str, ...] = QUESTIONS
    words: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("by", "participation", "questions"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        unknown = set(self.questions) - set(QUESTIONS)
        if unknown:
            raise InputError(
                f"unknown question {sorted(unknown)[0]!r}", mend=f"choose among {', '.join(QUESTIONS)}"
            )
        if not 0 < self.test_size < 1:
            raise InputError(
                f"a test share of {self.test_size}", mend="give a share between 0 and 1", where="--test-size"
            )
        if not 0 < self.confidence < 1:
            raise InputError(
                f"a confidence of {self.confidence}",
                mend="give a level between 0 and 1",
                where="--confidence",
            )
        if self.splits < 1:
            raise InputError(counted(self.splits, "split"), mend="give at least one", where="--splits")
        for name, least in (("draws", 1), ("worst", 0), ("budget", 1), ("seed", 0)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise InputError(f"{value}", mend=f"give {least} or more", where=f"--{name}")
        if not self.rtol > 0:
            raise InputError(f"{self.rtol}", mend="give a number above zero, such as 0.05", where="--rtol")
        bad = [p for p in self.participation if not 0 < p <= 1]
        if bad:
            raise InputError(
                f"a participation of {bad[0]}",
                mend="give shares above 0% and up to 100%",
                where="--participation",
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as JSON-ready values."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Plan:
        """Return the plan that `to_dict` wrote.

        Raises
        ------
        InputError
            If a name is unknown: the plan comes from another version.
        """
        unknown = set(value) - {f.name for f in fields(cls)}
        if unknown:
            raise InputError(
                f"a plan with the unknown field {sorted(unknown)[0]!r}",
                mend="use the version of commonweal that the receipt names",
            )
        return cls(**value)
