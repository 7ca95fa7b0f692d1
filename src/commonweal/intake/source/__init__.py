"""Exports as they come, read safely: files of any container, their kinds, their structure."""

from commonweal.intake.source.limits import Limits
from commonweal.intake.source.member import Member
from commonweal.intake.source.shape import Shape
from commonweal.intake.source.tree import Tree

__all__ = ["Limits", "Member", "Shape", "Tree"]
