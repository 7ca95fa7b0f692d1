"""`commonweal scaling`."""

from commonweal.cli.ask import single_question

command = single_question("scaling", "scaling", "The learning curve, and what would replace the pool.")
