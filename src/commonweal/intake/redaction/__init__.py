"""Redaction: what looks private in texts, decided on by a person, replaced consistently.

It lowers what a text tells about people; it does not promise that nobody can be recognised in it.
"""

from commonweal.intake.redaction.finding import Finder, Recogniser
from commonweal.intake.redaction.kinds import WORDS, Find, Kind, resolve
from commonweal.intake.redaction.surrogates import Surrogates, redact

__all__ = ["WORDS", "Find", "Finder", "Kind", "Recogniser", "Surrogates", "redact", "resolve"]
