"""`commonweal contribute`."""

from commonweal.cli.ask import single_question

command = single_question("contribute", "contribution", "What giving the works to a rival does.")
