"""One Plan asked whole: reads, builds the utility, asks every question, seals a receipt."""

from commonweal.study.case import about_of, case_of
from commonweal.study.inputs import Inputs, read, utility_of
from commonweal.study.one_line import appraise
from commonweal.study.plan import PARTICIPATION, QUESTIONS, Plan
from commonweal.study.receipt import load as load_receipt
from commonweal.study.receipt import receipt, recompute
from commonweal.study.run import Study, run

__all__ = [
    "PARTICIPATION",
    "QUESTIONS",
    "Inputs",
    "Plan",
    "Study",
    "about_of",
    "appraise",
    "case_of",
    "load_receipt",
    "read",
    "receipt",
    "recompute",
    "run",
    "utility_of",
]
