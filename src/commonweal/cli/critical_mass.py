"""`commonweal critical-mass`."""

from commonweal.cli.ask import single_question

command = single_question(
    "critical-mass", "critical_mass", "How many owners are enough: almost any n of them, in 95 of 100 draws."
)
