"""What a person reads at the bargaining table: a page, and its figures in JSON and terminal."""

from commonweal.briefing.case import About, Case
from commonweal.briefing.document import SCHEMA, Brief, brief
from commonweal.briefing.figures import Figure, figures
from commonweal.briefing.terminal import print_case, print_result

__all__ = ["SCHEMA", "About", "Brief", "Case", "Figure", "brief", "figures", "print_case", "print_result"]
