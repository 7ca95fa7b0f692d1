"""`commonweal strike`."""

from commonweal.cli.ask import single_question

command = single_question(
    "strike", "strike", "What withholding the works costs the builder, for the others first."
)
