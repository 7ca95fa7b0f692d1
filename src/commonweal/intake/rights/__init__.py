"""Rights: what a service's settings stop, letters that ask for more, and a log of what is due.

What is known of each service is data with dates and sources; the letters are whole texts in four languages;
deadlines are counted by the rule of the law that sets them. No lawyer has read any of it.
"""

from commonweal.intake.rights.companies import Company, read_companies, read_company
from commonweal.intake.rights.deadlines import Deadline, deadline
from commonweal.intake.rights.kinds import LANGUAGES, LAWS, Kind
from commonweal.intake.rights.letter import Blanks, Letter, compose
from commonweal.intake.rights.log import Entry, append, mark, read_log
from commonweal.intake.rights.recipient import Recipient
from commonweal.intake.rights.reminder import to_ics
from commonweal.intake.rights.services import Service, find, services

__all__ = [
    "LANGUAGES",
    "LAWS",
    "Blanks",
    "Company",
    "Deadline",
    "Entry",
    "Kind",
    "Letter",
    "Recipient",
    "Service",
    "append",
    "compose",
    "deadline",
    "find",
    "mark",
    "read_companies",
    "read_company",
    "read_log",
    "services",
    "to_ics",
]
