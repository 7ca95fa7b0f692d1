import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests/rule_strategies.py, whatever runs the tests
