"""What owners can do: strike, contribute, know how many are enough, see what would replace them."""

from commonweal.leverage.choices import Setting, choices
from commonweal.leverage.contribute import contribute
from commonweal.leverage.critical import critical_mass
from commonweal.leverage.results import Choices, Contribution, CriticalMass, Scaling, Strike, harder, in_words
from commonweal.leverage.scaling import scaling
from commonweal.leverage.strike import strike

__all__ = [
    "Choices",
    "Contribution",
    "CriticalMass",
    "Scaling",
    "Setting",
    "Strike",
    "choices",
    "contribute",
    "critical_mass",
    "harder",
    "in_words",
    "scaling",
    "strike",
]
