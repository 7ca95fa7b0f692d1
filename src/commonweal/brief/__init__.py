"""What a person reads at the bargaining table: a page, and its figures in JSON and terminal."""

from commonweal.brief.case import About, Case
from commonweal.brief.document import SCHEMA, Brief, brief
from commonweal.brief.figures import Figure, figures
from commonweal.brief.terminal import print_case, print_result

__all__ = ["SCHEMA", "About", "Brief", "Case", "Figure", "brief", "figures", "print_case", "print_result"]
