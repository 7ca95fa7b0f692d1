import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # archives.py, whatever runs the tests
