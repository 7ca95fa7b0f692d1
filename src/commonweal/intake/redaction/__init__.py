"""Redaction: what looks private in texts, decided on by a person, replaced consistently."""

from commonweal.intake.redaction.finding import Finder, Recogniser
from commonweal.intake.redaction.kinds import WORDS, Find, Kind, resolve

__all__ = ["WORDS", "Find", "Finder", "Kind", "Recogniser", "resolve"]
